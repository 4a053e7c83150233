"""Draw the pictures that no lesson draws: ``make book`` and ``make picture``.

``real_clips`` draws every shipped recording for the page real_motion.md into
book/_static/drawn (not committed). ``first_screen`` draws the README's picture
(committed). ``results`` writes the tables of results.md into book/tables and
draws its figures, ``samplers`` those of choose_a_sampler.md, ``applications``
those of applications.md, ``real_video`` picture and table of real_video.md,
``keypoint_layouts`` those of keypoint_layouts.md (not committed).
"""

import sys
from pathlib import Path

from mini_vimogen.data import library
from mini_vimogen.data.real_video import laboratory_video
from mini_vimogen.formats.keypoint_layouts import LAYOUTS, KeypointLayout
from mini_vimogen.render import (
    application_charts,
    application_tables,
    table1_charts,
    table1_tables,
)
from mini_vimogen.render.damage_figure import damage_figure
from mini_vimogen.render.figure import contact_sheet
from mini_vimogen.render.keypoint_figure import layout_figure
from mini_vimogen.studies import completion_aims, nfe_page
from mini_vimogen.studies.rows import read_rows
from mini_vimogen.studies.table1_aims import (
    PA,
    aims,
    evaluation_curve,
    newest,
)
from mini_vimogen.studies.table1_motions import CALIBRATED, CHOREOGRAPHED
from mini_vimogen.tasks.calibration import calibrate, calibration_rows
from mini_vimogen.tasks.demo import demo_picture, lift_laboratory
from mini_vimogen.tasks.lift import load_lifter

STATIC = Path(__file__).parent / "_static"
TABLES = Path(__file__).parent / "tables"
SHEETS = {
    "walking": ("cmu_016", "deepmimic_walk"),
    "walking_069": ("cmu_069",),
    "longer": ("cmu_047", "cmu_056", "cmu_077"),
    "acrobatics": ("deepmimic_",),
}


def real_clips() -> None:
    """One contact sheet a group; a clip goes to the first group it fits."""
    folder = STATIC / "drawn"
    folder.mkdir(exist_ok=True)
    left = library.real_motion()
    for name, starts in SHEETS.items():
        chosen = [clip for clip in left if clip.source.startswith(starts)]
        left = [clip for clip in left if not clip.source.startswith(starts)]
        captions = [f"{clip.source}: {clip.caption}" for clip in chosen]
        sheet = contact_sheet(chosen, captions)
        sheet.savefig(folder / f"real_{name}.png")
        print(f"{name}: {len(chosen)} clips")
    if left:
        raise ValueError(f"no sheet for {[clip.source for clip in left]}")


def first_screen() -> None:
    """What the demonstration makes of a real video."""
    video, lifter = laboratory_video(), load_lifter()
    view = lift_laboratory(lifter, video=video)[video.frame_view]
    demo_picture(video, view.clip, STATIC / "first_screen.png")


def results() -> None:
    """Tables and figures of the committed study rows, for results.md."""
    (STATIC / "drawn").mkdir(exist_ok=True)
    rows, choices = (newest(read_rows(n)) for n in ("table1", "lifter_choices"))
    write("table1_where", provenance(rows))
    write("table1_aims", table1_tables.aims_table(aims(rows)))
    for group in ("walking", "acrobatics", CHOREOGRAPHED, CALIBRATED):
        table = table1_tables.error_table(rows, group)
        write(f"table1_{group.replace(' ', '_')}", table)
    distances = (
        table1_tables.distribution_table(rows),
        table1_tables.distribution_table(rows, corrected=True),
        table1_tables.paper_table(),
    )
    names = ("distances", "distances_corrected", "distances_paper")
    for name, table in zip(names, distances, strict=True):
        write(f"table1_{name}", table)
    for group in table1_charts.GROUPS:
        tables = (
            table1_tables.condition_table(rows, group, key=key)
            for key in ("pa_mpjpe_mm", "mpjpe_mm")
        )
        write(f"table1_conditions_{group}", "\n".join(tables))
        write(f"choices_{group}", table1_tables.error_table(choices, group))
    write("choices_where", provenance(choices))
    for size in ("laptop", "desk"):
        flow = newest(
            row for row in read_rows("flow_choices") if row["size"] == size
        )
        write(f"flow_{size}_where", provenance(flow))
        for group in table1_charts.GROUPS:
            table = table1_tables.error_table(flow, group)
            write(f"flow_{size}_{group}", table)
    pictures = {
        "conditions": table1_charts.condition_figure(rows),
        "evaluations": table1_charts.evaluation_figure(
            {g: evaluation_curve(rows, group=g) for g in table1_charts.GROUPS},
            beside={
                group: table1_tables.values(rows, "regressor", group, PA)
                for group in table1_charts.GROUPS
            },
        ),
    }
    for name, picture in pictures.items():
        picture.savefig(STATIC / "drawn" / f"table1_{name}.png")


def samplers() -> None:
    """Tables and figures of the study nfe, for choose_a_sampler.md."""
    folder = STATIC / "drawn"
    folder.mkdir(exist_ok=True)
    rows = newest(read_rows("nfe"))
    write("nfe_where", provenance(rows))
    for name, table in nfe_page.tables(rows).items():
        write(f"nfe_{name}", table)
    for name, picture in nfe_page.pictures(rows).items():
        picture.savefig(folder / f"nfe_{name}.png")


def provenance(rows: list[dict]) -> str:
    """One sentence: size, seeds, commits and data of a study's rows."""
    found = {
        name: ", ".join(sorted({str(row[name]) for row in rows}))
        for name in ("size", "seed", "commit", "data")
    }
    return (
        "Size {size}, seeds {seed}; mean and, in brackets, lowest to highest. "
        "Commits: {commit}; data {data}.\n"
    ).format(**found)


def write(name: str, text: str) -> None:
    """A piece of a page that it includes."""
    TABLES.mkdir(exist_ok=True)
    (TABLES / f"{name}.md").write_text(text)


def real_video() -> None:
    """The simulated detector beside the real one, for real_video.md."""
    folder = STATIC / "drawn"
    folder.mkdir(exist_ok=True)
    TABLES.mkdir(exist_ok=True)
    found = calibrate()
    picture = damage_figure(found.fitted, found.held_out, found.simulated)
    picture.savefig(folder / "real_video_damage.png")
    lines = [
        "| measure | real, fitted on | simulated | allowed | within | "
        "real, held out |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for row in calibration_rows(found):
        lines.append(
            f"| {row.measure} | {row.fitted:.2f} | {row.simulated:.2f} | "
            f"{row.low:.2f} to {row.high:.2f} | "
            f"{'yes' if row.holds else 'no'} | {row.held_out:.2f} |"
        )
    (TABLES / "real_video.md").write_text("\n".join(lines) + "\n")


def keypoint_layouts() -> None:
    """One picture a layout, and their maps, for keypoint_layouts.md."""
    folder = STATIC / "drawn"
    folder.mkdir(exist_ok=True)
    TABLES.mkdir(exist_ok=True)
    for name in LAYOUTS:
        layout_figure(name).savefig(folder / f"keypoints_{name}.png")
    coco, h36m = LAYOUTS["coco17"], LAYOUTS["h36m17"]
    others = [one for one in LAYOUTS.values() if one is not coco]
    maps = [
        [numbered(coco, [at])]
        + [numbered(one, one.to_coco17[at]) for one in others]
        for at in range(len(coco))
    ]
    write_table("maps", [coco.title, *(one.title for one in others)], maps)
    out = [
        [
            numbered(h36m, [at]),
            "copied" if len(taken) == 1 else f"mean of {len(taken)}",
            numbered(coco, sorted(taken)),
        ]
        for at, taken in enumerate(h36m.out_of_coco17)
    ]
    write_table("h36m17", [h36m.title, "how", f"from {coco.title}"], out)
    numbers = [
        [str(at)]
        + [
            readable(one.joints[at]) if at < len(one) else ""
            for one in LAYOUTS.values()
        ]
        for at in range(max(len(one) for one in LAYOUTS.values()))
    ]
    titles = [one.title for one in LAYOUTS.values()]
    write_table("numbers", ["number", *titles], numbers)


def readable(joint: str) -> str:
    """A joint's name in words."""
    return joint.replace("_", " ")


def numbered(layout: KeypointLayout, joints) -> str:
    """Numbers and names of joints, for a cell of a table."""
    cells = [f"{at} {readable(layout.joints[at])}" for at in joints]
    return ", ".join(cells) or "none: unseen"


def write_table(name: str, titles: list[str], rows: list[list[str]]) -> None:
    """A table of the page keypoint_layouts.md."""
    lines = [titles, ["---"] * len(titles), *rows]
    text = "\n".join(f"| {' | '.join(cells)} |" for cells in lines)
    (TABLES / f"keypoint_{name}.md").write_text(text + "\n")


def applications() -> None:
    """Completion, gates and harvest: tables and figures of applications.md."""
    (STATIC / "drawn").mkdir(exist_ok=True)
    names = "completion", "harvest", "gates"
    filled, harvest, gates = (newest(read_rows(name)) for name in names)
    lengths = (5, 15, 30, 45)
    for kind in ("", "walking, ", "acrobatics, ", "choreographed "):
        columns = {f"{n} frames": f"{kind}gap {n}" for n in lengths}
        name = kind.strip(", ") or "real"
        for key in ("mpjpe_mm", "border_velocity_ratio"):
            table = application_tables.figures_table(
                filled, columns, key=key, title="way"
            )
            write(f"completion_{name}_{key}", table)
    aims_reached = table1_tables.aims_table(completion_aims.aims(filled))
    write("completion_aims", aims_reached)
    write("completion_where", provenance(filled))
    groups = ("video only", "sidestep", "throw", "sit", "kneel")
    columns = {g: g for g in (*groups, "seen actions", "walking", "acrobatics")}
    table = application_tables.figures_table(
        harvest, columns, key="pa_mpjpe_mm", title="second model"
    )
    write("harvest_pa", table)
    write("harvest_where", provenance(harvest))
    table = application_tables.samples_table(harvest, arm="several samples")
    write("harvest_samples", table)
    write("gates_lost", application_tables.gates_table(gates))
    picture = application_charts.gate_figure(gates)
    picture.savefig(STATIC / "drawn" / "gates.png")
    ways = {"equation8": "baseline", "eased": "paper", "kriged": "ours"}
    picture = application_charts.gap_figure(
        filled, ways | {"slerp": "mean"}, gaps=lengths
    )
    picture.savefig(STATIC / "drawn" / "completion.png")


if __name__ == "__main__":
    jobs = {
        "real_clips": real_clips,
        "results": results,
        "samplers": samplers,
        "applications": applications,
        "real_video": real_video,
        "keypoint_layouts": keypoint_layouts,
        "first_screen": first_screen,
    }
    for job in sys.argv[1:] or jobs:
        jobs[job]()
