"""The page in a browser, with what a robot may send; skipped where there is no Chromium."""

import socket
import threading
import time

import cv2
import numpy as np
import pytest

from lightweight_openpose.display.web_state import WebState
from lightweight_openpose.files import share_dir

pytest.importorskip("aiohttp")
import browser
from browser import Browser

from lightweight_openpose.display.web_server import WebServer

pytestmark = pytest.mark.skipif(browser.PROGRAM is None, reason="there is no Chromium")
RED = cv2.imencode(".png", np.full((240, 320, 3), (0, 0, 255), np.uint8))[1].tobytes()


class Robot:
    """A server and what it knows."""

    def __init__(self):
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            port = s.getsockname()[1]
        self.address = f"http://127.0.0.1:{port}/?token=abc"
        self.late = 0.0  # s that the newest frame is old
        self.people = []
        self.heads = []
        self.places = None
        self.watched = []
        self.server = WebServer(
            share_dir() / "web", self.snapshot, self.watched.append, port=port, token="abc"
        )

    def snapshot(self):
        """As the node makes it, with a frame of now or of `late` before."""
        now = [-self.late]
        state = WebState(lambda: now[0])
        state.on_poses(self.people, 0.05)
        state.on_heads(self.heads)
        if self.places is not None:
            state.on_places(self.places, False)
        state.on_image()
        now[0] = 0.0
        return state.snapshot()


@pytest.fixture
def robot():
    robot = Robot()
    robot.people = [(7, 0.8, 18), (3, 0.6, 12), (-1, 0.2, 4)]
    yield robot
    robot.server.close()


@pytest.fixture(scope="module")
def chromium():
    try:
        started = Browser()
    except RuntimeError as error:
        pytest.skip(f"Chromium does not start: {error}")
    yield started
    started.close()


@pytest.fixture
def page(chromium, robot):
    """page(width, height, theme) opens it, with an image that is sent once."""
    chromium.errors.clear()

    def show(width=1280, height=800, theme="light"):
        chromium.open(robot.address, width, height, theme)
        until(lambda: robot.watched)
        robot.server.put(RED)
        until(lambda: chromium.run("document.querySelector('#live')?.naturalWidth") == 320)
        return chromium

    yield show
    assert chromium.errors == []
    chromium.open("about:blank")


def until(condition, seconds=10.0):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it does not happen"
        time.sleep(0.05)


def text(page, selector):
    return page.run(f"document.querySelector('{selector}').innerText")


def keys(page):
    return page.run("[...document.querySelectorAll('#people li')].map(row => row.dataset.key)")


def style(page, selector, name):
    return page.run(f"getComputedStyle(document.querySelector('{selector}')).{name}")


def pixel(page):
    """Colour in the middle of the frozen image."""
    return page.run(
        "[...document.querySelector('#frozen').getContext('2d').getImageData(160, 120, 1, 1).data]"
    )


def test_a_page_is_one_viewer_also_when_it_is_loaded_again(page, robot):
    show = page
    page = show()
    until(lambda: keys(page) == ["id 3", "id 7"])
    viewers = robot.server._viewers
    assert {kind for streams in viewers._streams.values() for kind in streams} == {
        "/stream",
        "/events",
    }
    assert viewers.count == 1
    show()
    until(lambda: viewers.count == 1)


def test_who_is_closed_for_reading_nothing_comes_back(page, robot):
    """As after a tablet slept: image and numbers go on by themselves."""
    page = page()
    until(lambda: keys(page) == ["id 3", "id 7"])
    viewers = robot.server._viewers
    ((who, streams),) = viewers._streams.items()
    robot.server._loop.call_soon_threadsafe(viewers.drop, who)
    before = dict(streams)
    until(
        lambda: (
            viewers.count == 1
            and len(streams_of(viewers)) == 2
            and not set(streams_of(viewers)) & set(before.values())
        ),
        20,
    )
    robot.people = [(5, 0.9, 18)]
    until(lambda: keys(page) == ["id 5"])
    assert viewers.count == 1
    page.errors.clear()  # of the streams that were cut


def streams_of(viewers):
    return [transport for streams in viewers._streams.values() for transport in streams.values()]


def test_people_with_an_id_by_their_number_others_on_request(page):
    page = page()
    until(lambda: keys(page) == ["id 3", "id 7"])
    assert text(page, "#count") == "2 people" and text(page, "#hidden-count") == "(1)"
    page.press("u")
    assert keys(page) == ["id 3", "id 7", "unnamed 0"]
    page.run("document.querySelector('#unnamed').click()")
    assert keys(page) == ["id 3", "id 7"]


HAND = [(100.0, 200.0, 0.9)]  # the wrist below, five fingers upwards
HAND += [(80.0 + 10 * f, 180.0 - 20 * j, 0.9) for f in range(5) for j in range(4)]


def test_hands_are_drawn_in_the_row_of_their_person(page, robot):
    half = HAND[:9] + [(float("nan"), float("nan"), 0.0)] * 12
    robot.people = [(7, 0.8, 18, HAND, half), (3, 0.6, 12)]
    page = page()
    until(lambda: keys(page) == ["id 3", "id 7"])
    hands = "[...document.querySelectorAll('#people svg.hands')]"
    shown = f"{hands}.map(pair => getComputedStyle(pair).display)"
    assert page.run(shown) == ["none", "block"]
    fingers = "[...document.querySelectorAll('.{}-hand path')].map(finger => finger.classList[1])"
    assert page.run(fingers.format("left")) == ["thumb", "index", "middle", "ring", "little"]
    assert page.run(fingers.format("right")) == ["thumb", "index"]
    box = "document.querySelector('.left-hand').getBoundingClientRect()"
    row = "document.querySelectorAll('#people li')[1].getBoundingClientRect()"
    assert page.run(f"{box}.height > 30 && {box}.top > {row}.top && {box}.bottom < {row}.bottom")
    tip = page.run("document.querySelector('.left-hand .middle').getBBox().y")
    assert tip < page.run("document.querySelector('.left-hand .middle').getBBox().height")
    robot.people = [(7, 0.8, 18), (3, 0.6, 12)]
    until(lambda: page.run(shown) == ["none", "none"])


FACE = [(x, y, 0.9) for x, y in zip(range(100, 132), [40, 90, 20, 60] * 8)]


def test_a_face_is_drawn_in_the_row_of_its_person(page, robot):
    half = FACE[:4] + [(float("nan"), float("nan"), 0.0)] * 28  # nose and upper lip
    robot.people = [(7, 0.8, 18, [], HAND, FACE), (3, 0.6, 12, [], [], half), (4, 0.6, 12)]
    page = page()
    until(lambda: keys(page) == ["id 3", "id 4", "id 7"])
    faces = "[...document.querySelectorAll('#people svg.landmarks')]"
    shown = f"{faces}.map(face => getComputedStyle(face).display)"
    assert page.run(shown) == ["block", "none", "block"]
    parts = faces + "[{}].querySelectorAll('path')"
    names = "[..." + parts + "].map(part => part.classList[1])"
    assert page.run(names.format(2)) == ["outline", "brows", "nose", "eyes", "lips"]
    assert page.run(names.format(0)) == ["nose", "lips"]
    count = faces + "[{}].querySelectorAll('circle').length"
    assert page.run(count.format(2)) == 32 and page.run(count.format(0)) == 4
    box = faces + "[2].getBoundingClientRect()"
    hands = "document.querySelectorAll('#people svg.hands')[2].getBoundingClientRect()"
    assert page.run(f"{box}.height > 30 && {box}.right < {hands}.left && {box}.top == {hands}.top")


def test_deviations_are_shown_below_their_angles_where_they_are_known(page, robot):
    robot.heads = [(3, *np.radians([30, -20, 10]), *np.radians([4, 12]), float("nan"))]
    page = page()
    cells = "[...document.querySelectorAll('#people li')[0].querySelectorAll('.numbers > div')]"
    until(
        lambda: (
            page.run(f"{cells}.map(cell => cell.querySelector('span').innerText)")
            == ["30\u00b0", "\u221220\u00b0", "10\u00b0"]
        )
    )
    deviations = page.run(f"{cells}.map(cell => cell.querySelector('.deviation').innerText)")
    assert deviations == ["\u00b14\u00b0", "\u00b112\u00b0", ""]


def test_a_frame_is_seen_while_no_other_follows(page, robot, record_property, capsys):
    """Whole, not when the next one comes; how long it takes is told."""
    page = page()
    noise = np.random.default_rng(0).integers(0, 255, (240, 320, 3)).astype(np.uint8)
    delays = []
    for grey in (250, 5) * 5:
        noise[-16:, -16:] = grey  # its last bytes
        sent = []
        timer = threading.Timer(0.1, show, (robot.server, noise, sent))
        timer.start()
        seen = page.run(SEEN.replace("GREY", str(grey)))
        timer.join()
        delays.append(seen - sent[0])
    assert len(delays) == 10  # each was seen, or page.run had raised
    record_property("milliseconds until a frame is seen", round(float(np.median(delays))))
    with capsys.disabled():
        print(f" seen after {np.median(delays):.0f} ms in the median")


def show(server, picture, sent):
    sent.append(1000 * time.time())
    server.put(cv2.imencode(".jpg", picture)[1].tobytes())


# When the last pixel of the image is as grey as it should be [ms of the clock].
SEEN = """new Promise(resolve => {
    const canvas = document.createElement("canvas");
    const context = canvas.getContext("2d", {willReadFrequently: true});
    canvas.width = 320;
    canvas.height = 240;
    const look = () => {
        context.drawImage(document.querySelector("#live"), 0, 0, 320, 240);
        const found = context.getImageData(316, 236, 1, 1).data[0];
        if (Math.abs(found - GREY) < 30) resolve(Date.now());
        else requestAnimationFrame(look);
    };
    look();
})"""


def test_a_dead_estimator_looks_dead_and_the_age_counts_up(page, robot):
    page = page()
    until(lambda: text(page, "#status").startswith("live"))
    assert style(page, "#live", "filter") == "none" and style(page, "#banner", "display") == "none"
    until(lambda: keys(page) == ["id 3", "id 7"])
    robot.late = 9.0
    until(lambda: style(page, "#banner", "display") != "none")
    assert "grayscale(1)" in style(page, "#live", "filter")
    assert "No poses for 9" in text(page, "#banner") and text(page, "#status") == "not live · 9.0 s"
    assert keys(page) == ["id 3", "id 7"]  # as they were, greyed
    assert "grayscale(1)" in style(page, "aside", "filter")
    box = "document.querySelector('#banner').getBoundingClientRect()"
    assert page.run(f"{box}.top > 0 && {box}.bottom < innerHeight")
    robot.late = 75.0
    until(lambda: "No poses for 1 min 15 s" in text(page, "#banner"))
    robot.late = 0.0
    until(lambda: text(page, "#status").startswith("live"))
    assert style(page, "#live", "filter") == "none"


def test_a_server_that_ends_leaves_the_last_image_greyed_and_counts(page, robot):
    page = page()
    until(lambda: pixel(page)[:1] == [254] or pixel(page)[:1] == [255])
    robot.server.close()
    until(lambda: "The robot does not answer" in text(page, "#banner"))
    first = text(page, "#status")
    until(lambda: text(page, "#status") not in (first, ""))
    assert style(page, "#frozen", "display") == "block" and pixel(page)[0] > 250
    assert "grayscale(1)" in style(page, "#frozen", "filter")
    page.errors.clear()  # refused connections


def test_pause_keeps_the_image_and_lets_the_robot_rest(page, robot):
    page = page()
    until(lambda: robot.watched == [True])
    page.press(" ")
    assert text(page, "#status") == "paused" and text(page, "#pause") == "Go on"
    assert style(page, "#live", "display") == "none"
    assert style(page, "#frozen", "display") == "block" and pixel(page)[0] > 250
    until(lambda: robot.watched == [True, False])
    page.run("document.querySelector('#pause').click()")
    until(lambda: robot.watched == [True, False, True])
    until(lambda: text(page, "#status").startswith("live"))
    assert style(page, "#frozen", "display") == "none"


@pytest.mark.parametrize("width, height", [(1280, 800), (390, 844), (1920, 700), (900, 360)])
def test_the_image_fits_the_window(page, width, height):
    page = page(width, height)
    until(lambda: page.run("document.querySelector('#live').clientHeight") > 100)
    assert page.run("document.querySelector('#live').clientHeight") <= height
    assert page.run("document.documentElement.scrollWidth") <= width


def test_both_themes(page):
    page = page(theme="light")
    light = style(page, "body", "backgroundColor"), style(page, "body", "color")
    page.theme("dark")
    dark = style(page, "body", "backgroundColor"), style(page, "body", "color")
    brightness = [[sum(map(int, c[4:-1].split(","))) / 3 for c in pair] for pair in (light, dark)]
    assert brightness[0][0] > 200 > 80 > brightness[0][1]
    assert brightness[1][0] < 60 < 180 < brightness[1][1]


@pytest.mark.parametrize(
    "angles, tip",
    [
        ((0, 0, 0), (0, 0)),
        ((60, 0, 0), (1, 0)),
        ((-60, 0, 0), (-1, 0)),
        ((0, 50, 0), (0, 1)),
        ((0, -50, 0), (0, -1)),
    ],
)
def test_the_drawn_head_looks_where_the_person_does(page, robot, angles, tip):
    """To the person's own left is to the right of the image."""
    robot.heads = [(3, *np.radians(angles))]
    page = page()
    drawn = "document.querySelector('#people .gaze-tip')"
    until(lambda: page.run(drawn + " !== null"))
    box = page.run(f"(b => [b.x + b.width / 2, b.y + b.height / 2])({drawn}.getBBox())")
    away = np.array(box) - 26
    assert np.allclose(away, 0, atol=0.5) if tip == (0, 0) else away @ tip > 12
    assert abs(away @ (tip[1], tip[0])) < 0.5


@pytest.mark.parametrize("roll, eye", [(30, 1), (-30, -1)])
def test_a_head_tilts_to_the_persons_own_right(page, robot, roll, eye):
    """Then the eye on the right of the image, their left one, is the higher one."""
    robot.heads = [(3, 0.0, 0.0, np.radians(roll))]
    page = page()
    find = (
        "[...document.querySelectorAll('#people .feature')].map("
        "eye => [+eye.getAttribute('cx'), +eye.getAttribute('cy')])"
    )
    until(lambda: len(page.run(find)) == 2)
    left, right = sorted(page.run(find))
    assert np.sign(left[1] - right[1]) == eye


def test_a_view_from_above_where_there_is_depth(page, robot):
    page = page()
    until(lambda: keys(page))
    assert style(page, "#above-card", "display") == "none"
    robot.places = [(3, 1.0, 3.0, 0.5, -0.5), (7, -1.0, 2.0, np.nan, np.nan)]
    until(lambda: style(page, "#above-card", "display") != "none")
    # Person 3, at the right of the camera and farther, is drawn higher and to the right.
    until(lambda: len(dots(page)) == 2)
    (left, near), (right, far) = sorted(dots(page))
    assert left < right and near > far
    bottom = page.run("document.querySelector('#above').clientHeight")
    per_metre = (near - far) / 1.0
    assert right - left == pytest.approx(2 * per_metre, abs=3)
    assert bottom - 16 - near == pytest.approx(2 * per_metre, abs=3)
    assert text(page, "#people .distance") == "3.0 m"


def dots(page):
    """Centres of the round dots in the view from above [px]."""
    width, height, data = page.run(
        "(c => [c.width, c.height, [...c.getContext('2d').getImageData(0, 0, c.width, c.height)"
        ".data]])(document.querySelector('#above'))"
    )
    image = np.array(data, np.uint8).reshape(height, width, 4)
    blue = (np.abs(image[..., :3].astype(int) - (0x1F, 0x6F, 0xEB)).sum(2) < 12).astype(np.uint8)
    core = cv2.erode(blue, np.ones((7, 7), np.uint8))  # without arrows
    _, _, _, centres = cv2.connectedComponentsWithStats(core)
    return [tuple(c) for c in centres[1:]]


def test_keys(page):
    page = page()
    until(lambda: keys(page) == ["id 3", "id 7"])
    page.press("?")
    assert page.run("document.querySelector('#help').open")
    page.press("?")
    assert not page.run("document.querySelector('#help').open")
    for expected in ("id 3", "id 7", "id 3"):
        page.press("n")
        assert text(page, "#who") == expected
        assert page.run("document.querySelector('#people .chosen').dataset.key") == expected
