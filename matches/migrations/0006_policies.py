"""Row-level security of this app's tables, and a review that says by itself whose side it is of."""

from django.db import migrations, models

from skillbridge_backend.core.sql import sql_file


class Migration(migrations.Migration):
    """After the columns that policies compare, and the function that says who moderates."""

    dependencies = [("matches", "0005_audit"), ("users", "0008_policies")]
    operations = [
        migrations.AddField(
            model_name="review",
            name="subject_is_mentor",
            field=models.BooleanField(
                db_default=False,
                editable=False,
                help_text="of the match; set by the database, for the match is not for all to see",
            ),
        ),
        migrations.RunSQL(
            "UPDATE matches_review AS review SET subject_is_mentor = true FROM matches_mentormatch AS match"
            " WHERE match.id = review.match_id AND match.mentor_id = review.subject_id",
            migrations.RunSQL.noop,
        ),
        sql_file("matches", "0006_policies"),
    ]
