"use strict";
// Pairs come in the order of the file. Names of motions and pairs are random;
// which arm they belong to stands in another file, which is not here.
const byId = (id) => document.getElementById(id);
const study = JSON.parse(byId("study").textContent);
const pairs = study.pairs;
const STORE = `mini_vimogen votes ${study.page}`;
const PAUSE = 500;  // ms: a key pressed twice does not vote on two pairs
const SIDES = ["left", "right"];
const choose = { left: byId("choose_left"), right: byId("choose_right") };

function newVoter() {
  const bytes = crypto.getRandomValues(new Uint8Array(6));
  const id = [...bytes].map((b) => b.toString(16).padStart(2, "0")).join("");
  return { id, name: "", at: 0, votes: [], downloaded: true };
}

let voter = newVoter(), kept = true, frame = null, shownAt = null, drawn = "";

// --- Kept over a reload -----------------------------------------------------
function save() {
  try {
    localStorage.setItem(STORE, JSON.stringify(voter));
    kept = true;
  } catch {
    kept = false;
  }
  byId("kept").textContent = kept
    ? "Your votes are kept in this browser until you start over."
    : "This browser does not keep votes: download them before you close or "
      + "reload this page.";
}

function recall() {
  let text = null, old = null;
  try {
    text = localStorage.getItem(STORE);
    old = JSON.parse(text);
  } catch {
    return;  // no store, or not ours
  }
  if (!old || typeof old.id !== "string" || !Array.isArray(old.votes)) return;
  const known = (vote) => vote && !isNaN(vote.seconds) && pairs.some((pair) =>
    pair.id === vote.pair && SIDES.some((s) => pair[s] === vote.chosen));
  voter = {
    id: old.id,
    name: String(old.name || ""),
    at: pairs[old.at] ? old.at : 0,
    votes: old.votes.filter(known),
    downloaded: Boolean(old.downloaded),
  };
}

// --- The pair that is shown -------------------------------------------------
const now = () => pairs[voter.at];
const voteOn = (pair) => voter.votes.find((vote) => vote.pair === pair.id);

function showPair(index) {
  voter.at = index;
  shownAt = null;
  document.body.dataset.ready = "no";
  const values = { last: now().last, motion: JSON.stringify(now().motion) };
  // A new element each time: a new srcdoc would enter the tab's history.
  const made = document.createElement("iframe");
  made.title = "Motion 1 on the left and motion 2 on the right";
  made.srcdoc = study.player.replace(/\{\{(last|motion)\}\}/g,
    (_, name) => values[name]);
  made.addEventListener("load", () => {
    made.contentDocument.addEventListener("keydown", pressed);
    shownAt = performance.now();
    drawn = "";
    setTimeout(() => {
      if (frame === made) document.body.dataset.ready = "yes";
    }, PAUSE);
  });
  frame = made;
  byId("place").replaceChildren(made);
  describe();
  save();
}

function describe(said = "") {
  const done = voter.votes.length === pairs.length;
  byId("progress").textContent = `${said}Pair ${voter.at + 1} of `
    + `${pairs.length}, ${voter.votes.length} voted on.`
    + (done ? " All done: please download your votes." : "");
  byId("bar").max = pairs.length;
  byId("bar").value = voter.votes.length;
  const vote = voteOn(now());
  for (const side of SIDES)
    choose[side].setAttribute("aria-pressed",
      String(Boolean(vote) && vote.chosen === now()[side]));
  byId("previous").disabled = voter.at === 0;
  byId("next").disabled = voter.at === pairs.length - 1;
  byId("download").disabled = voter.votes.length === 0;
  byId("name").value = voter.name;
  document.body.classList.toggle("done", done);
}

// --- Votes ------------------------------------------------------------------
function vote(side) {
  if (document.body.dataset.ready !== "yes") return;
  const seconds = ((performance.now() - shownAt) / 1000).toFixed(2);
  const pair = now();
  voter.votes = voter.votes.filter((old) => old.pair !== pair.id);
  voter.votes.push({ pair: pair.id, chosen: pair[side], seconds });
  voter.downloaded = false;
  const open = pairs.map((_, i) => (voter.at + i) % pairs.length)
    .find((i) => !voteOn(pairs[i]));
  if (open !== undefined) showPair(open);
  describe(`Chosen: motion ${side === "left" ? 1 : 2}. `);
  save();
  if (open === undefined) byId("download").focus();
}

function step(by) {
  const index = voter.at + by;
  if (pairs[index]) showPair(index);
}

function restart() {
  if (shownAt === null) return;
  frame.contentWindow.show(0);
  frame.contentWindow.setPlaying(true);
}

function csv() {
  const quoted = (text) => /[",\n\r]/.test(text)
    ? `"${text.replaceAll('"', '""')}"` : text;
  // A name that a spreadsheet would take for a formula is not kept as it is.
  const name = voter.name.replace(/^[=+\-@\s]+/, "").trim() || voter.id;
  const rows = voter.votes.map((vote) =>
    [study.page, vote.pair, vote.chosen, vote.seconds, name]);
  return [study.columns, ...rows]
    .map((row) => row.map(quoted).join(",") + "\n").join("");
}

function download() {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([csv()], { type: "text/csv" }));
  link.download = `votes_${study.page}_${voter.id}.csv`;
  link.click();
  URL.revokeObjectURL(link.href);
  voter.downloaded = true;
  save();
}

function startOver() {
  const warning = voter.downloaded ? "" : "The votes are not downloaded yet. ";
  if (!confirm(`${warning}Forget all votes here and start over?`)) return;
  voter = newVoter();
  showPair(0);
}

// --- The video, as 2D keypoints ---------------------------------------------
const UNSEEN = -32768;

function pointsOf(track) {
  const bytes = Uint8Array.from(atob(track.points), (c) => c.charCodeAt(0));
  const view = new DataView(bytes.buffer);
  return (f, j) => {
    const at = 2 * ((f * track.joints + j) * 2);
    const [x, y] = [view.getInt16(at, true), view.getInt16(at + 2, true)];
    return x === UNSEEN ? null : [x * track.step, y * track.step];
  };
}

function drawTrack(motionFrame) {
  const track = now().track, canvas = byId("track");
  byId("video").hidden = !track;
  if (!track) return;
  const room = innerWidth > 700 ? 240 : 150;  // as in the style sheet
  const scale = room / Math.max(track.width, track.height);
  const ratio = window.devicePixelRatio || 1;
  const [wide, high] = [track.width * scale, track.height * scale];
  canvas.style.width = `${wide}px`;
  canvas.style.height = `${high}px`;
  canvas.width = Math.round(wide * ratio);
  canvas.height = Math.round(high * ratio);
  const pen = canvas.getContext("2d");
  const style = getComputedStyle(document.documentElement);
  const colour = (name) => style.getPropertyValue("--" + name).trim();
  pen.scale(ratio * scale, ratio * scale);
  pen.lineCap = "round";
  const point = pointsOf(track);
  const f = Math.min(track.frames - 1,
    Math.round(motionFrame / now().motion.fps * track.fps));
  for (const [start, end, side] of track.bones) {
    const [p, q] = [point(f, start), point(f, end)];
    if (!p || !q) continue;
    const stroke = (name, pixels) => {
      pen.strokeStyle = colour(name);
      pen.lineWidth = pixels / scale;
      pen.beginPath();
      pen.moveTo(...p);
      pen.lineTo(...q);
      pen.stroke();
    };
    stroke(side, 4);
    if (side === "right") stroke("background", 1.6);
  }
  const nose = point(f, 0);
  if (!nose) return;
  pen.fillStyle = colour("centre");
  pen.beginPath();
  pen.arc(...nose, 4 / scale, 0, 2 * Math.PI);
  pen.fill();
}

function follow() {  // the small picture shows the moment of the large one
  const stage = frame.contentDocument && frame.contentDocument
    .getElementById("stage");
  const shown = stage ? stage.dataset.frame : "0";
  if (`${voter.at} ${shown}` !== drawn) {
    drawn = `${voter.at} ${shown}`;
    drawTrack(Number(shown));
  }
  requestAnimationFrame(follow);
}

// --- Hands ------------------------------------------------------------------
function pressed(event) {
  if (event.repeat || event.ctrlKey || event.metaKey || event.altKey) return;
  const target = event.target, inside = target.ownerDocument !== document;
  if (target.tagName === "SELECT" || target.id === "name") return;
  const act = {
    1: () => vote("left"), 2: () => vote("right"), r: restart, R: restart,
  }[event.key];
  if (act) {
    event.preventDefault();
    act();
  } else if (event.key === " " && !inside && target === document.body) {
    event.preventDefault();
    if (shownAt !== null) frame.contentDocument.getElementById("play").click();
  }
}

document.addEventListener("keydown", pressed);
for (const side of SIDES)
  choose[side].addEventListener("click", () => vote(side));
byId("previous").addEventListener("click", () => step(-1));
byId("next").addEventListener("click", () => step(1));
byId("restart").addEventListener("click", restart);
byId("download").addEventListener("click", download);
byId("again").addEventListener("click", startOver);
byId("name").addEventListener("input", () => {
  voter.name = byId("name").value;
  voter.downloaded = false;
  save();
});
byId("name").addEventListener("change", () => byId("name").blur());
addEventListener("resize", () => { drawn = ""; });
matchMedia("(prefers-color-scheme: dark)").addEventListener("change",
  () => { drawn = ""; });
addEventListener("beforeunload", (event) => {
  if (!kept && !voter.downloaded) event.preventDefault();
});
recall();
showPair(voter.at);
follow();
