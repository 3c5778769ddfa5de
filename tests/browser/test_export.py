"""An exported page, opened from disk with the network off: every widget plays, by mouse and by keyboard."""

import pytest
from axe_playwright_python.sync_playwright import Axe

from cnnlab import widgets
from cnnlab.export import export
from tests.browser.lab import expect, misfits, offline
from tests.export.pages import TOYS, write

pytestmark = pytest.mark.browser
NAMES = sorted(set(widgets.__all__) - {"quiz"})


@pytest.fixture(scope="module")
def toys(tmp_path_factory):
    return export(write(tmp_path_factory.mktemp("toys"), *TOYS))


@pytest.fixture(scope="module")
def every(tmp_path_factory):
    cells = ["# # Every widget", "from cnnlab.widgets import *", *(f"{name}()" for name in NAMES)]
    return export(write(tmp_path_factory.mktemp("every"), *cells))


@pytest.fixture
def opened(chromium):
    with offline(chromium, "file:", "data:", "blob:") as go:

        def ready(path, **options):
            page = go(path, **options)
            page.wait_for_selector("[data-widget] .cnnlab-scene svg")
            return page

        yield ready


def test_stepping_by_mouse_and_keyboard(opened, toys):
    page = opened(toys)
    expect(page, "Step 1 of 16. Row 0, column 0: 3 by 3 window, sum of products 0.")
    page.get_by_role("button", name="Next").first.click()
    expect(page, "Step 2 of 16")
    page.locator("[data-area=cell]").first.focus()
    page.keyboard.press("ArrowDown")
    expect(page, "Row 1, column 1: 3 by 3 window, sum of products 30.")
    page.get_by_label("Step").first.focus()
    page.keyboard.press("End")
    expect(page, "Step 16 of 16")
    page.keyboard.press("ArrowLeft")
    expect(page, "Step 15 of 16")
    page.locator("[data-hit=cell]").first.hover(force=True)
    expect(page, "3 by 3 window, sum of products 30.")
    page.mouse.move(2, 2)
    expect(page, "Step 15 of 16")
    assert "Step 1 of 4" in page.locator(".cnnlab-sentence").nth(1).inner_text()


def test_a_setting_that_is_ready_and_back(opened, toys):
    page = opened(toys)
    page.get_by_role("button", name="Next").first.click()
    page.get_by_label("Image").select_option(label="dark to light")
    expect(page, "Step 2 of 16. Row 0, column 1: 3 by 3 window, sum of products −30.")
    page.get_by_role("button", name="Mirror kernel").press("Enter")
    expect(page, "sum of products 30.")
    assert page.get_by_role("button", name="Mirror kernel").get_attribute("aria-pressed") == "true"
    page.get_by_role("button", name="Reset").first.click()
    expect(page, "Step 1 of 16. Row 0, column 0: 3 by 3 window, sum of products 0.")
    assert page.get_by_label("Image").evaluate("menu => menu.selectedOptions[0].text") == "light to dark"
    page.get_by_label("Padding p").first.select_option("1")
    expect(page, "of 16", 1)
    page.get_by_label("Stride s").first.select_option("2")
    expect(page, "of 4", 1)


def test_what_is_not_ready_is_disabled_with_a_reason(opened, toys):
    page = opened(toys)
    upload = page.get_by_role("button", name="Your picture")
    assert upload.is_disabled()
    assert upload.get_attribute("title") == "Needs a running notebook"
    temple = page.get_by_label("Image").locator("option", has_text="temple")
    assert temple.evaluate("option => option.parentElement.label") == "Needs a running notebook"
    assert temple.evaluate("option => option.parentElement.disabled")
    assert page.get_by_label("Image").is_enabled()
    assert page.get_by_text("Controls with a dashed border need a running notebook.").first.is_visible()


def test_every_widget_plays(opened, every):
    page = opened(every)
    roots = page.locator("[data-widget]")
    assert roots.count() == len(NAMES)
    for n in range(len(NAMES)):
        root = roots.nth(n)
        before = root.locator(".cnnlab-sentence").inner_text()
        root.locator(".cnnlab-playbar").get_by_label("Speed").select_option("fast")
        root.get_by_role("button", name="Play").click()
        page.wait_for_function(
            "([n, before]) => document.querySelectorAll('.cnnlab-sentence')[n].textContent !== before", arg=[n, before]
        )
        choice = root.locator(".cnnlab-controls :is(select, button[aria-pressed=false]):not(:disabled)").first
        picture = root.locator(".cnnlab-scene").inner_html()
        if choice.evaluate("node => node.tagName") == "SELECT":
            other = choice.evaluate(
                "menu => [...menu.children].find((o) => o.tagName === 'OPTION' && !o.selected).value"
            )
            choice.select_option(other)
        else:
            choice.click()
        page.wait_for_function(
            "([n, before]) => document.querySelectorAll('.cnnlab-scene')[n].innerHTML !== before", arg=[n, picture]
        )
        assert root.locator(".cnnlab-alert").inner_text() == ""


def test_nothing_jumps_from_step_to_step(opened, every):
    page = opened(every)
    heights = page.evaluate(
        """() => [...document.querySelectorAll('[data-widget]')].map((root) => {
            const slider = root.querySelector('input[type=range]');
            return [...Array(Number(slider.max) + 1).keys()].map((step) => {
                slider.value = step;
                slider.dispatchEvent(new Event('input'));
                return Math.round(root.getBoundingClientRect().height);
            });
        })"""
    )
    assert len(heights) == len(NAMES)
    assert [set(steps) for steps in heights] == [{steps[0]} for steps in heights]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(opened, every, scheme):
    page = opened(every, color_scheme=scheme)
    found = Axe().run(page).response["violations"]
    assert [(fault["id"], [node["html"][:200] for node in fault["nodes"]]) for fault in found] == []


def test_fits_a_narrow_page(opened, every):
    page = opened(every, viewport={"width": 360, "height": 3000})
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert misfits(page) == []


def test_on_paper_no_line_of_code_is_cut_and_nothing_waits_for_a_click(opened, tmp_path):
    long = 'print("' + "a long line of code that goes beyond the right edge of a sheet of paper, " * 3 + '")'
    page = opened(export(write(tmp_path, *TOYS, long)), viewport={"width": 700, "height": 1000})
    page.emulate_media(media="print")
    assert (
        page.evaluate("[...document.querySelectorAll('pre')].filter((p) => p.scrollWidth > p.clientWidth).length") == 0
    )
    assert not page.get_by_role("button", name="Next").first.is_visible()
    assert not page.get_by_label("Speed").first.is_visible()


def test_reduced_motion_turns_play_into_next(opened, toys):
    page = opened(toys, reduced_motion="reduce")
    assert not page.get_by_role("button", name="Play").first.is_visible()
    page.get_by_role("button", name="Next").first.click()
    expect(page, "Step 2 of 16")
