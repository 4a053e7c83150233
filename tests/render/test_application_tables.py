"""Tables of the applications say what the rows say."""

from mini_vimogen.render.application_tables import (
    figures_table,
    gates_table,
    samples_table,
)


def row(arm, seed, **figures):
    return {"arm": arm, "seed": seed, "figures": figures}


def test_an_arm_is_a_line_and_a_group_a_column():
    rows = [
        row("ours", 0, gap={"mm": 10.0}),
        row("ours", 1, gap={"mm": 14.0}),
        row("slerp", 0, gap={"mm": 20.0}, hole={"mm": 30.0}),
        row("speed", 0, cost={"s": 1.0}),
    ]
    columns = {"5 frames": "gap", "9 frames": "hole"}
    table = figures_table(rows, columns, key="mm", title="way")
    head, _, ours, slerp, *rest = table.splitlines()
    assert head == "| way | 5 frames | 9 frames |"
    assert ours.startswith("| ours | 12") and "10" in ours and "14" in ours
    assert ours.endswith("| – |")
    assert "20" in slerp and "30" in slerp
    assert "speed" not in table and not any(rest)


def test_only_the_arms_asked_for_in_their_order():
    rows = [row(name, 0, gap={"mm": 1.0}) for name in ("one", "two", "three")]
    table = figures_table(
        rows, {"gap": "gap"}, key="mm", title="way", arms=["three", "one"]
    )
    assert [line.split()[1] for line in table.splitlines()[2:4]] == [
        "three",
        "one",
    ]


def test_gates_are_told_by_what_they_lose():
    rows = [
        row("clean", seed, real={"lost": lost}, choreographed={"lost": 0.0})
        for seed, lost in enumerate((0.0, 0.02))
    ] + [row("jitter", 0, weak={"caught": 1.0})]
    table = gates_table(rows).splitlines()
    assert table[2].startswith("| real | 1") and "2" in table[2]
    assert table[3].startswith("| choreographed | 0")


def test_a_set_is_a_line_and_what_it_lacks_a_dash():
    rows = [
        row("sets", 0, one={"lifted": 4.0, "kept": 3.0, "coverage_mm": 70.0}),
        row("sets", 1, one={"lifted": 4.0, "kept": 4.0, "coverage_mm": 72.0}),
        row("other", 0, two={"lifted": 9.0}),
    ]
    head, _, only, *rest = samples_table(rows, arm="sets").splitlines()
    assert head.count("|") == 7
    assert only == "| one | 4 (4-4) | 3.5 (3-4) | – | – | 71 (70-72) |"
    assert not rest
