"use strict";
// World: Z up, metres. Positions arrive as little-endian int16 of one step.
const motion = JSON.parse(document.getElementById("motion").textContent);
const byId = (id) => document.getElementById(id);
const stage = byId("stage"), pen = stage.getContext("2d");
const playButton = byId("play"), slider = byId("frame"), clock = byId("clock");
const speed = byId("speed"), viewMenu = byId("view");
const BONE = 0.028, HEAD = 0.095, NEAR = 0.2, SQUARE = 0.5, GRID = 3.5;
const VIEWS = {  // azimuth, elevation in degrees
  "three-quarter": [35, 14], front: [0, 4], left: [90, 4], back: [180, 14],
  above: [0, 89],
};

function decode(text, step) {
  const bytes = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
  const view = new DataView(bytes.buffer);
  const values = new Float32Array(bytes.length / 2);
  for (let i = 0; i < values.length; i++)
    values[i] = view.getInt16(2 * i, true) * step;
  return values;
}

const clips = motion.clips.map((clip) => ({
  ...clip,
  joints: clip.parents.length,
  positions: decode(clip.positions, motion.step),
}));
const frames = Math.max(...clips.map((clip) => clip.frames));

function joint(clip, frame, j) {
  const held = Math.min(frame, clip.frames - 1);
  const at = (held * clip.joints + j) * 3;
  return clip.positions.subarray(at, at + 3);
}

// --- What is seen -----------------------------------------------------------
const camera = { azimuth: 0, elevation: 0, zoom: 1 };
let now = 0, playing = false, started = 0, startFrame = 0, colours = {};

function chooseView(name) {
  const [azimuth, elevation] = VIEWS[name];
  camera.azimuth = azimuth * Math.PI / 180;
  camera.elevation = elevation * Math.PI / 180;
}

// How far any joint gets from the axis above its root: what must fit.
const radius = Math.max(...clips.map((clip) => {
  let far = 0.6;
  for (let f = 0; f < clip.frames; f++) {
    const root = joint(clip, f, 0);
    for (let j = 0; j < clip.joints; j++) {
      const p = joint(clip, f, j);
      far = Math.max(far, Math.hypot(p[0] - root[0], p[1] - root[1]));
    }
  }
  return far;
}));
const ceiling = Math.max(1.7, ...clips.map((clip) => {
  let high = 0;
  for (let i = 2; i < clip.positions.length; i += 3)
    high = Math.max(high, clip.positions[i]);
  return high;
}));

function panels() {
  const box = { width: stage.clientWidth, height: stage.clientHeight };
  const groups = motion.layout === "overlaid" ? [clips] : clips.map((c) => [c]);
  const columns = Math.max(1, Math.min(groups.length,
    Math.floor(box.width / 150)));
  const rows = Math.ceil(groups.length / columns);
  const width = box.width / columns, height = box.height / rows;
  return groups.map((group, i) => ({
    group, width, height,
    x: (i % columns) * width, y: Math.floor(i / columns) * height,
  }));
}

function spread(group) {  // how far apart overlaid people stand
  let far = 0;
  for (const a of group) for (const b of group) {
    const p = joint(a, now, 0), q = joint(b, now, 0);
    far = Math.max(far, Math.hypot(p[0] - q[0], p[1] - q[1]) / 2);
  }
  return far;
}

function project(panel) {
  const { azimuth: a, elevation: e } = camera;
  const [sa, ca, se, ce] = [Math.sin(a), Math.cos(a), Math.sin(e), Math.cos(e)];
  const right = [-ca, -sa, 0], up = [sa * se, -ca * se, ce];
  const near = [-sa * ce, ca * ce, se];
  const middle = [0, 0, ceiling * 0.47];
  for (const clip of panel.group) {
    const root = joint(clip, now, 0);
    middle[0] += root[0] / panel.group.length;
    middle[1] += root[1] / panel.group.length;
  }
  // Room for the label above; a frame that is still opening has no height.
  const tall = Math.max(1, panel.height - 22);
  const far = spread(panel.group);
  const wide = 2 * (radius + HEAD + far);
  const high = (ceiling + 0.35) * ce + wide * se;
  const distance = 6 + 2 * far;  // nobody stands behind the camera
  const focal = camera.zoom * distance
    * Math.min(tall / high, panel.width / wide);
  const dot = (p, q) => p[0] * q[0] + p[1] * q[1] + p[2] * q[2];
  const toScreen = (p) => {
    const d = [p[0] - middle[0], p[1] - middle[1], p[2] - middle[2]];
    const depth = distance - dot(d, near);
    return {
      x: panel.x + panel.width / 2 + focal * dot(d, right) / depth,
      y: panel.y + 22 + tall / 2 - focal * dot(d, up) / depth,
      depth, size: focal / depth, ok: depth > NEAR,
    };
  };
  toScreen.middle = middle;
  return toScreen;
}

// --- Drawing ----------------------------------------------------------------
function line(p, q, colour, width) {
  if (!p.ok || !q.ok) return;  // a line behind the camera would fold over
  pen.strokeStyle = colour;
  pen.lineWidth = width;
  pen.beginPath();
  pen.moveTo(p.x, p.y);
  pen.lineTo(q.x, q.y);
  pen.stroke();
}

function drawFloor(at) {
  const cx = Math.round(at.middle[0] / SQUARE) * SQUARE;
  const cy = Math.round(at.middle[1] / SQUARE) * SQUARE;
  for (let u = -GRID; u <= GRID + 1e-6; u += SQUARE) {
    for (let v = -GRID; v < GRID - 1e-6; v += SQUARE) {
      line(at([cx + u, cy + v, 0]), at([cx + u, cy + v + SQUARE, 0]),
        colours.grid, 1);
      line(at([cx + v, cy + u, 0]), at([cx + v + SQUARE, cy + u, 0]),
        colours.grid, 1);
    }
  }
}

function drawTrail(clip, at, colour) {
  const last = Math.min(now, clip.frames - 1);
  for (let f = 1; f <= last; f++) {
    const p = joint(clip, f - 1, 0), q = joint(clip, f, 0);
    line(at([p[0], p[1], 0]), at([q[0], q[1], 0]), colour, 2);
  }
}

function headCentre(clip, frame) {
  if (clip.head < 0) return null;
  const skull = joint(clip, frame, clip.head);
  const neck = joint(clip, frame, clip.parents[clip.head]);
  const d = [0, 1, 2].map((i) => skull[i] - neck[i]);
  const long = Math.max(Math.hypot(...d), 1e-6);
  return d.map((part, i) => skull[i] + part * 0.07 / long);
}

function shapesOf(clip, at, style) {
  const shapes = [];
  for (let j = 1; j < clip.joints; j++) {
    const p = at(joint(clip, now, clip.parents[j]));
    const q = at(joint(clip, now, j));
    if (!p.ok || !q.ok) continue;
    const colour = style ? colours[style] : colours[clip.sides[j]];
    shapes.push({ p, q, colour, radius: BONE,
      hollow: clip.sides[j] === "right", depth: (p.depth + q.depth) / 2 });
  }
  const centre = headCentre(clip, now);
  if (centre) {
    const p = at(centre);
    if (p.ok) shapes.push({ p, q: p, colour: colours[style || "centre"],
      radius: HEAD, hollow: false, depth: p.depth });
  }
  return shapes;
}

function drawShape({ p, q, colour, radius: size, hollow }) {
  if (size === HEAD) {
    pen.fillStyle = colour;
    pen.beginPath();
    pen.arc(p.x, p.y, size * p.size, 0, 2 * Math.PI);
    pen.fill();
    return;
  }
  const width = Math.max(2.5, 2 * size * (p.size + q.size) / 2);
  const mix = (t) => ({ x: p.x + t * (q.x - p.x), y: p.y + t * (q.y - p.y),
    ok: true });
  line(mix(0.2), mix(0.8), colours.background, width * 1.5);
  line(p, q, colour, width);
  if (hollow) line(p, q, colours.background, width * 0.4);
}

function drawPanel(panel) {
  const at = project(panel);
  pen.save();
  pen.beginPath();
  pen.rect(panel.x, panel.y, panel.width, panel.height);
  pen.clip();
  drawFloor(at);
  const shapes = [];
  for (const clip of panel.group) {
    const style = motion.layout === "overlaid" ? clip.style : null;
    if (motion.trail) drawTrail(clip, at, colours[style || "centre"]);
    for (let j = 1; j < clip.joints; j++) {
      const [p, q] = [joint(clip, now, clip.parents[j]), joint(clip, now, j)]
        .map((c) => at([c[0], c[1], 0]));
      line(p, q, colours.shadow, Math.max(2, 2 * BONE * p.size));
    }
    shapes.push(...shapesOf(clip, at, style));
  }
  shapes.sort((a, b) => b.depth - a.depth).forEach(drawShape);
  drawLabels(panel);
  if (motion.layout !== "overlaid" && clips.length > 1) {
    pen.strokeStyle = colours.edge;
    pen.lineWidth = 1;
    pen.strokeRect(panel.x, panel.y, panel.width, panel.height);
  }
  pen.restore();
}

function fitted(text, width) {
  let words = text;
  while (words.length > 1 && pen.measureText(words).width > width)
    words = words.slice(0, -1);
  return words === text ? text : words.slice(0, -3) + "...";
}

function drawLabels(panel) {
  pen.font = "13px system-ui, 'DejaVu Sans', sans-serif";
  pen.textBaseline = "top";
  const over = motion.layout === "overlaid";
  panel.group.forEach((clip, i) => {
    const ended = now >= clip.frames && clip.frames < frames;
    const words = clip.label + (ended ? " (ended)" : "");
    const x = panel.x + 10, y = panel.y + 4 + 18 * i;
    if (over && clip.label)
      line({ x, y: y + 8, ok: true }, { x: x + 20, y: y + 8, ok: true },
        colours[clip.style || "left"], 6);
    pen.fillStyle = colours.ink;
    pen.fillText(fitted(words, panel.width - (over ? 46 : 20)),
      x + (over ? 28 : 0), y);
  });
}

function draw() {
  const ratio = window.devicePixelRatio || 1;
  const width = Math.round(stage.clientWidth * ratio);
  const height = Math.round(stage.clientHeight * ratio);
  if (stage.width !== width || stage.height !== height) {
    stage.width = width;
    stage.height = height;
  }
  pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  pen.lineCap = "round";
  pen.fillStyle = colours.background;
  pen.fillRect(0, 0, stage.clientWidth, stage.clientHeight);
  panels().forEach(drawPanel);
  const seconds = (now / motion.fps).toFixed(2);
  stage.dataset.frame = now;
  slider.value = now;
  clock.value = `${seconds} s, frame ${now} of ${frames - 1}`;
  slider.setAttribute("aria-valuetext", clock.value);
}

// --- Time -------------------------------------------------------------------
function tick(time) {
  if (!playing) return;
  // A frame's time may lie a little before the moment Play was pressed.
  const passed = Math.max(0, time - started) / 1000 * Number(speed.value)
    * motion.fps;
  const frame = (startFrame + Math.floor(passed)) % frames;
  if (frame !== now) {
    now = frame;
    draw();
  }
  requestAnimationFrame(tick);
}

function setPlaying(wanted) {
  playing = wanted && frames > 1;
  playButton.textContent = playing ? "Pause" : "Play";
  playButton.setAttribute("aria-label", playing ? "Pause" : "Play");
  startFrame = now;
  started = performance.now();
  if (playing) requestAnimationFrame(tick);
}

function show(frame) {
  now = Math.max(0, Math.min(frames - 1, frame));
  startFrame = now;
  started = performance.now();
  draw();
}

function zoom(factor) {
  camera.zoom = Math.max(0.3, Math.min(5, camera.zoom * factor));
  draw();
}

// --- Hands ------------------------------------------------------------------
playButton.addEventListener("click", () => setPlaying(!playing));
slider.addEventListener("input", () => show(Number(slider.value)));
speed.addEventListener("change", () => show(now));
viewMenu.addEventListener("change", () => {
  chooseView(viewMenu.value);
  draw();
});
let held = null;
stage.addEventListener("pointerdown", (event) => {
  held = event.pointerId;
  stage.setPointerCapture(held);
});
stage.addEventListener("pointermove", (event) => {
  if (event.pointerId !== held) return;
  camera.azimuth -= event.movementX * 0.01;
  camera.elevation = Math.max(-0.1, Math.min(Math.PI / 2 - 0.01,
    camera.elevation + event.movementY * 0.01));
  viewMenu.value = "free";
  draw();
});
const release = () => { held = null; };
stage.addEventListener("pointerup", release);
stage.addEventListener("pointercancel", release);
// The plain wheel stays with the page: only Ctrl (or a pinch) zooms.
stage.addEventListener("wheel", (event) => {
  if (!event.ctrlKey && !event.metaKey) return;
  event.preventDefault();
  zoom(Math.exp(-event.deltaY * 0.002));
}, { passive: false });
document.addEventListener("keydown", (event) => {
  const isControl = /^(BUTTON|SELECT|INPUT)$/.test(event.target.tagName);
  const act = {
    " ": () => setPlaying(!playing),
    ArrowLeft: () => { setPlaying(false); show(now - 1); },
    ArrowRight: () => { setPlaying(false); show(now + 1); },
    "+": () => zoom(1.15), "=": () => zoom(1.15), "-": () => zoom(1 / 1.15),
  }[event.key];
  if (!act || event.ctrlKey || event.metaKey || event.altKey) return;
  if (isControl && !/^[-+=]$/.test(event.key)) return;
  event.preventDefault();
  act();
});
byId("controls").addEventListener("submit", (e) => e.preventDefault());

function readColours() {
  const style = getComputedStyle(document.documentElement);
  for (const name of ["background", "ink", "grid", "shadow", "edge", ...motion.colours])
    colours[name] = style.getPropertyValue("--" + name).trim();
  draw();
}
const styled = motion.layout === "overlaid" && clips.every((c) => c.style);
document.body.classList.toggle("styled", styled);
chooseView("three-quarter");
readColours();
matchMedia("(prefers-color-scheme: dark)").addEventListener("change",
  readColours);
new ResizeObserver(draw).observe(stage);
const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
if (motion.autoplay && !calm) setPlaying(true);
