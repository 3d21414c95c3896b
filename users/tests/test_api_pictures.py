"""Profile pictures over HTTP: what is taken, what is made of it, who fetches it, and when it is gone."""

from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from PIL import Image
from rest_framework.test import APIClient

from skillbridge_backend.core.access import acting_as
from skillbridge_backend.core.beat import TIMETABLE
from skillbridge_backend.core.models import OutboxMessage
from users.models import Picture, Profile
from users.services import ExportService, LeavingService, PictureService
from users.services import pictures as module
from users.services.exports import private_storage
from users.tests.factories import DataExportFactory, DepartureFactory, MentorFactory, PictureFactory, ProfileFactory
from users.tests.images import BLUE, RED, claiming, encoded, half_red, with_place

pytestmark = pytest.mark.django_db
ME = "/api/v1/users/me/"
PICTURE = "/api/v1/users/me/picture/"
Drain = Callable[[], list[str]]


@pytest.fixture
def profile() -> Profile:
    return ProfileFactory()


@pytest.fixture
def me(api_as: Any, profile: Profile) -> Any:
    return api_as(profile.user)


def put(client: Any, content: bytes, name: str = "me.png", content_type: str = "image/png") -> Any:
    file = SimpleUploadedFile(name, content, content_type=content_type)
    return client.put(PICTURE, {"picture": file}, format="multipart")


def fetched(url: str) -> Any:
    return APIClient().get("/api/v1" + url.split("/api/v1")[1])


def shown(response: Any, which: str = "large") -> Image.Image:
    """The picture that the answer leads to."""
    assert response.status_code == 200, response.content
    content = b"".join(fetched(response.json()[which]).streaming_content)
    return Image.open(BytesIO(content))


def is_close(pixel: Any, colour: tuple[int, int, int]) -> bool:
    return all(abs(one - other) < 40 for one, other in zip(pixel, colour, strict=False))


def files() -> set[str]:
    try:
        return set(private_storage().listdir("pictures")[1])
    except FileNotFoundError:
        return set()


def refusal(response: Any) -> tuple[int, str, str]:
    body = response.json()
    (error,) = body["errors"]
    assert error["message"]
    return response.status_code, error["field"], error["code"]


@pytest.fixture(autouse=True)
def _no_files_yet() -> None:
    for name in files():
        private_storage().delete(f"pictures/{name}")


@pytest.mark.parametrize(
    ("kind", "mode"),
    [
        ("JPEG", "RGB"), ("JPEG", "CMYK"), ("JPEG", "L"),
        ("PNG", "RGB"), ("PNG", "RGBA"), ("PNG", "P"), ("PNG", "L"), ("PNG", "LA"), ("PNG", "1"),
        ("WEBP", "RGB"), ("GIF", "P"),
    ],
)  # fmt: skip
def test_every_kind_of_picture_becomes_two_squares_of_webp(me: Any, kind: str, mode: str) -> None:
    sent = half_red(800, 600, mode)

    response = put(me, encoded(sent, kind))

    large, small = shown(response), shown(response, "small")
    assert (large.format, large.size, small.format, small.size) == ("WEBP", (512, 512), "WEBP", (128, 128))
    upper, lower = sent.convert("RGB").getpixel((400, 100)), sent.convert("RGB").getpixel((400, 500))
    assert is_close(large.convert("RGB").getpixel((256, 100)), upper)  # type: ignore[arg-type]  # of three
    assert is_close(large.convert("RGB").getpixel((256, 400)), lower)  # type: ignore[arg-type]  # of three
    assert me.get(ME).json()["picture"] == response.json()


def test_grey_of_sixteen_bits_keeps_its_shades(me: Any) -> None:
    sent = Image.new("I;16", (300, 300), 32768)
    sent.paste(65535, (0, 0, 300, 150))

    large = shown(put(me, encoded(sent, "PNG"))).convert("L")

    assert large.size == (300, 300), "what is smaller is not blown up"
    assert abs(large.getpixel((150, 40)) - 255) < 8  # type: ignore[operator]  # of one band
    assert abs(large.getpixel((150, 250)) - 128) < 8  # type: ignore[operator]  # of one band


def test_transparent_picture_stays_transparent(me: Any) -> None:
    sent = Image.new("RGBA", (200, 200), (255, 0, 0, 0))
    sent.paste((0, 0, 255, 255), (0, 100, 200, 200))

    large = shown(put(me, encoded(sent, "PNG"))).convert("RGBA")

    assert (large.getpixel((100, 20))[3], large.getpixel((100, 180))[3]) == (0, 255)  # type: ignore[index]


def test_first_frame_of_an_animation_counts(me: Any) -> None:
    first, second = Image.new("RGB", (200, 200), RED), Image.new("RGB", (200, 200), BLUE)

    for kind in ("GIF", "WEBP", "PNG"):
        large = shown(put(me, encoded(first, kind, save_all=True, append_images=[second], duration=100)))

        assert getattr(large, "n_frames", 1) == 1
        assert is_close(large.convert("RGB").getpixel((100, 100)), RED), kind


def test_place_camera_and_comment_are_gone(me: Any) -> None:
    sent = with_place(1)
    assert b"LeakyCam" in sent
    assert Image.open(BytesIO(sent)).getexif().get_ifd(0x8825)

    response = put(me, sent)

    for which in ("large", "small"):
        content = b"".join(fetched(response.json()[which]).streaming_content)
        picture = Image.open(BytesIO(content))
        picture.load()
        assert dict(picture.getexif()) == {}
        assert not {"exif", "xmp", "icc_profile", "comment"} & set(picture.info)
        assert b"LeakyCam" not in content
        assert b"EXIF" not in content
        assert b"taken at home" not in content


@pytest.mark.parametrize(
    ("orientation", "red_at"),
    [(1, (256, 60)), (2, (256, 60)), (3, (256, 450)), (4, (256, 450)),
     (5, (60, 256)), (6, (450, 256)), (7, (450, 256)), (8, (60, 256))],
)  # fmt: skip
def test_picture_stands_as_the_camera_was_held(me: Any, orientation: int, red_at: tuple[int, int]) -> None:
    large = shown(put(me, with_place(orientation))).convert("RGB")

    assert is_close(large.getpixel(red_at), RED)
    assert is_close(large.getpixel((511 - red_at[0], 511 - red_at[1])), BLUE)


def test_what_hangs_on_the_end_of_a_file_is_gone(me: Any) -> None:
    polyglot = encoded(half_red(), "PNG") + b"<html><script>alert(document.domain)</script></html>"

    response = put(me, polyglot, name="me.html", content_type="text/html")

    file = fetched(response.json()["large"])
    assert b"script" not in b"".join(file.streaming_content)
    assert file["Content-Type"] == "image/webp"


@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")  # Pillow's word for what is refused here
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", "not_a_picture"),
        (b"<html><script>alert(1)</script>" + encoded(half_red(), "PNG"), "not_a_picture"),
        (b"%PDF-1.7 nothing", "not_a_picture"),
        (encoded(half_red(), "TIFF"), "not_a_picture"),
        (encoded(half_red(), "BMP"), "not_a_picture"),
        (encoded(half_red(), "PNG")[:-200], "picture_damaged"),
        (encoded(half_red(), "JPEG")[:-2000], "picture_damaged"),
        (encoded(half_red(), "WEBP")[:-400], "picture_damaged"),
        (encoded(half_red(), "GIF")[:300], "picture_damaged"),
        (encoded(half_red(100, 400), "PNG"), "picture_too_small"),
        (claiming(20_000, 20_000), "picture_too_large"),
        (claiming(12_000, 9_000), "picture_too_large"),
        (claiming(1_000_000, 130), "picture_too_large"),
        (b"", "empty"),
    ],
    ids=["svg", "html first", "pdf", "tiff", "bmp", "cut png", "cut jpeg", "cut webp", "cut gif", "small", "bomb",
         "hundred megapixels", "long", "empty"],
)  # fmt: skip
def test_what_is_no_picture_is_refused_and_nothing_is_kept(me: Any, content: bytes, code: str) -> None:
    response = put(me, content, name="me.png", content_type="image/png")

    assert refusal(response) == (400, "picture", code)
    assert (files(), Picture.objects.count()) == (set(), 0)
    assert me.get(ME).json()["picture"] is None


@pytest.mark.django_db(transaction=True)
def test_size_is_limited_for_the_file_and_for_the_body(me: Any) -> None:
    small_picture = encoded(half_red(), "PNG")
    little_over = put(me, small_picture + bytes(5 * 1024 * 1024))
    far_over = put(me, small_picture + bytes(6 * 1024 * 1024))
    at_the_limit = put(me, small_picture + bytes(5 * 1024 * 1024 - len(small_picture)))

    assert refusal(little_over) == (413, "picture", "picture_too_large")
    assert refusal(far_over) == (413, "picture", "too_large")
    assert {little_over.json()["code"], far_over.json()["code"]} == {"body_too_large"}
    assert at_the_limit.status_code == 200


def test_body_without_a_length_is_refused(me: Any) -> None:
    response = me.put(PICTURE, b"", content_type="multipart/form-data; boundary=x", HTTP_TRANSFER_ENCODING="chunked")

    assert (response.status_code, response.json()["code"]) == (411, "length_required")


@pytest.mark.django_db(transaction=True)
def test_other_bodies_are_refused(me: Any) -> None:
    missing = me.put(PICTURE, {"other": "x"}, format="multipart")
    text = me.put(PICTURE, {"picture": "x"}, format="multipart")
    two = me.put(
        PICTURE,
        {name: SimpleUploadedFile("a.png", encoded(half_red(), "PNG")) for name in ("picture", "other")},
        format="multipart",
    )

    assert [refusal(missing), refusal(text)] == [(400, "picture", "required"), (400, "picture", "invalid")]
    assert (two.status_code, two.json()["code"]) == (400, "malformed_request")
    assert me.put(PICTURE, {"picture": "x"}).status_code == 415
    assert put(APIClient(), encoded(half_red(), "PNG")).status_code == 401


def test_file_is_served_to_everybody_with_headers_of_ours_only(me: Any) -> None:
    url = put(me, encoded(half_red(), "PNG"), name="<b>.html", content_type="text/html").json()["large"]

    file = fetched(url)

    assert {name: file[name] for name in EXPECTED} == EXPECTED
    assert "html" not in file["Content-Disposition"]
    assert fetched(url.replace("/large/", "/huge/")).status_code == 404
    assert fetched(url.replace(url.split("/")[-3], "x" * 43)).status_code == 404


EXPECTED = {
    "Content-Type": "image/webp",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "public, max-age=86400, immutable",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
}


def test_new_picture_has_a_new_name_and_a_worker_removes_the_old_one(me: Any, drain_outbox: Drain) -> None:
    before = me.get(ME)
    first = put(me, encoded(half_red(), "PNG")).json()
    between = me.get(ME)
    second = put(me, encoded(half_red(), "PNG")).json()

    assert first != second
    assert len({before["ETag"], between["ETag"], me.get(ME)["ETag"]}) == 3
    assert len(files()) == 4, "the old files go after the commit"
    assert drain_outbox() == ["users.remove_picture"]
    assert fetched(first["large"]).status_code == 404
    assert fetched(second["large"]).status_code == 200


def test_removed_picture_is_gone_and_removing_again_does_no_harm(me: Any, drain_outbox: Drain) -> None:
    put(me, encoded(half_red(), "PNG"))

    assert [me.delete(PICTURE).status_code for _ in range(2)] == [204, 204]

    assert me.get(ME).json()["picture"] is None
    assert drain_outbox() == ["users.remove_picture"]
    assert files() == set()


def test_files_go_with_their_person(me: Any, profile: Profile, drain_outbox: Drain) -> None:
    put(me, encoded(half_red(), "PNG"))
    DepartureFactory(user=profile.user, is_due=True)

    assert LeavingService().erase(user_id=profile.user_id)

    assert "users.remove_picture" in drain_outbox()
    assert files() == set()


def test_word_about_a_picture_that_is_still_shown_removes_nothing(me: Any) -> None:
    put(me, encoded(half_red(), "PNG"))

    PictureService().remove_files(name=Picture.objects.get().name)

    assert len(files()) == 2


def test_files_that_no_row_names_go_after_a_day(me: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    put(me, encoded(half_red(), "PNG"))
    orphan = f"pictures/{'o' * 43}.large.webp"
    private_storage().save(orphan, ContentFile(b"x"))

    assert PictureService().remove_unnamed() == 0
    tomorrow = timezone.now() + timedelta(days=2)
    with monkeypatch.context() as patch:
        patch.setattr(timezone, "now", lambda: tomorrow)
        assert PictureService().remove_unnamed() == 1

    assert not private_storage().exists(orphan)
    assert len(files()) == 2
    assert "users.prune_pictures" in TIMETABLE


def test_nobody_takes_the_name_of_anothers_picture(profile: Profile) -> None:
    """Else they could have its files removed by removing theirs."""
    taken = PictureFactory()
    with pytest.raises(Exception, match="picture_name_once"), acting_as(profile.user_id):
        Picture.objects.create(profile=profile, name=taken.name)
    assert not OutboxMessage.objects.exists()


def test_files_are_kept_on_disk_as_in_production(me: Any, settings: Any, tmp_path: Path, drain_outbox: Drain) -> None:
    storage = {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": str(tmp_path)}}
    settings.STORAGES = settings.STORAGES | {"private": storage}
    assert PictureService().remove_unnamed() == 0, "without a folder there is nothing to remove"

    first = put(me, encoded(half_red(), "PNG")).json()
    assert len(list(tmp_path.glob("pictures/*.webp"))) == 2
    assert fetched(first["small"]).status_code == 200
    me.delete(PICTURE)
    drain_outbox()

    assert list(tmp_path.glob("pictures/*")) == []
    assert fetched(first["small"]).status_code == 404


@pytest.mark.django_db(transaction=True)
def test_process_that_makes_too_many_at_once_asks_to_come_again(me: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_LONGEST_WAIT_SECONDS", 0.01)
    with module._TURN:
        busy = put(me, encoded(half_red(), "PNG"))

    assert (busy.status_code, busy.json()["code"], busy["Retry-After"]) == (503, "service_unavailable", "5")
    assert put(me, encoded(half_red(), "PNG")).status_code == 200


def test_picture_is_in_the_copy_of_ones_data(me: Any, profile: Profile) -> None:
    large = b"".join(fetched(put(me, encoded(half_red(), "PNG")).json()["large"]).streaming_content)
    job = ExportService().begin(export_id=DataExportFactory(user=profile.user).pk)
    assert job
    ExportService().make(job)

    with private_storage().open(job.file) as file:
        archive = ZipFile(BytesIO(file.read()))

    assert archive.read("picture.large.webp") == large
    assert archive.read("picture.small.webp")
    assert Picture.objects.get().name in archive.read("picture.json").decode()


def test_mentors_are_listed_with_their_picture(me: Any, api_as: Any) -> None:
    mentor = MentorFactory()
    links = put(api_as(mentor.user), encoded(half_red(), "PNG")).json()
    MentorFactory()

    pictures = [row["picture"] for row in me.get("/api/v1/mentors/").json()["results"]]

    assert pictures == [None, links]


@pytest.mark.django_db(transaction=True)
def test_uploads_are_counted(me: Any) -> None:
    content = encoded(half_red(200, 200), "PNG")

    statuses = [put(me, content).status_code for _ in range(21)]

    assert statuses == [200] * 20 + [429]
