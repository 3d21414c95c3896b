"""A kind for roadmaps that learners share."""

from django.conf import settings
from django.db import migrations, models

from notifications.migrations._kinds import forget_on_the_way_back


class Migration(migrations.Migration):
    dependencies = [
        ("notifications", "0006_sanctioned"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="notification",
            name="notification_kind_known",
        ),
        migrations.RemoveConstraint(
            model_name="preference",
            name="preference_kind_known",
        ),
        forget_on_the_way_back("roadmap_shared"),
        migrations.AlterField(
            model_name="notification",
            name="kind",
            field=models.CharField(
                choices=[
                    ("badge_awarded", "A badge was awarded"),
                    ("roadmap_ready", "A roadmap is ready"),
                    ("roadmap_failed", "A roadmap could not be made"),
                    ("roadmap_shared", "A learner shares a roadmap"),
                    ("work_recorded", "Work was recorded"),
                    ("module_completed", "A module was completed"),
                    ("match_requested", "A learner asks for mentoring"),
                    ("match_info_requested", "A mentor asks for more information"),
                    ("match_accepted", "A mentor accepted"),
                    ("match_declined", "A mentor declined"),
                    ("match_cancelled", "A request was withdrawn"),
                    ("match_expired", "A request expired"),
                    ("message_received", "A message arrived"),
                    ("reply_posted", "Somebody replied in a thread"),
                    ("solution_accepted", "A reply became the solution"),
                    ("mentioned", "Somebody mentioned the person"),
                    ("sanctioned", "Moderators decided about the person"),
                    ("account_security", "Something happened to the account"),
                    ("announcement", "News from the platform"),
                ],
                max_length=30,
            ),
        ),
        migrations.AlterField(
            model_name="preference",
            name="kind",
            field=models.CharField(
                choices=[
                    ("badge_awarded", "A badge was awarded"),
                    ("roadmap_ready", "A roadmap is ready"),
                    ("roadmap_failed", "A roadmap could not be made"),
                    ("roadmap_shared", "A learner shares a roadmap"),
                    ("work_recorded", "Work was recorded"),
                    ("module_completed", "A module was completed"),
                    ("match_requested", "A learner asks for mentoring"),
                    ("match_info_requested", "A mentor asks for more information"),
                    ("match_accepted", "A mentor accepted"),
                    ("match_declined", "A mentor declined"),
                    ("match_cancelled", "A request was withdrawn"),
                    ("match_expired", "A request expired"),
                    ("message_received", "A message arrived"),
                    ("reply_posted", "Somebody replied in a thread"),
                    ("solution_accepted", "A reply became the solution"),
                    ("mentioned", "Somebody mentioned the person"),
                    ("sanctioned", "Moderators decided about the person"),
                    ("account_security", "Something happened to the account"),
                    ("announcement", "News from the platform"),
                ],
                max_length=30,
            ),
        ),
        migrations.AddConstraint(
            model_name="notification",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "kind__in",
                        [
                            "badge_awarded",
                            "roadmap_ready",
                            "roadmap_failed",
                            "roadmap_shared",
                            "work_recorded",
                            "module_completed",
                            "match_requested",
                            "match_info_requested",
                            "match_accepted",
                            "match_declined",
                            "match_cancelled",
                            "match_expired",
                            "message_received",
                            "reply_posted",
                            "solution_accepted",
                            "mentioned",
                            "sanctioned",
                            "account_security",
                            "announcement",
                        ],
                    )
                ),
                name="notification_kind_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="preference",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "kind__in",
                        [
                            "badge_awarded",
                            "roadmap_ready",
                            "roadmap_failed",
                            "roadmap_shared",
                            "work_recorded",
                            "module_completed",
                            "match_requested",
                            "match_info_requested",
                            "match_accepted",
                            "match_declined",
                            "match_cancelled",
                            "match_expired",
                            "message_received",
                            "reply_posted",
                            "solution_accepted",
                            "mentioned",
                            "sanctioned",
                            "account_security",
                            "announcement",
                        ],
                    )
                ),
                name="preference_kind_known",
            ),
        ),
    ]
