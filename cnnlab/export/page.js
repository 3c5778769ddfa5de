// @ts-check
/**
 * What stands in for a kernel in an exported page: controls that choose among settings traced beforehand, and Play. The
 * picture is shown by the very player that shows it in JupyterLab. See cnnlab/widgets/traced.py for what it is given.
 *
 * @typedef {{shown: boolean, at: number, to: Record<string, number | string>}} Stand
 * @typedef {{scene: Record<string, any>, buffers: Record<string, Uint8Array>, message: string,
 *   speeds: [string, number, number][], controls: Stand[]}} State
 * @typedef {{key: string, label: string, told: boolean, kind: "menu" | "buttons" | "switch" | "none",
 *   column: number | null, choices: string[], names: string[], more: boolean}} Control
 * @typedef {{name: string, step: number, controls: Control[], states: State[]}} Widget
 */
import player, { cellOf, moved } from "./player.js";

const REASON = "Needs a running notebook";

/** Read base85, as Python's b85encode writes it: the length, and as many bytes. @param {string} text */
function bytes(text) {
  const signs = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%&()*+-;<=>?@^_`{|}~";
  const worth = Object.fromEntries([...signs].map((sign, n) => [sign, n]));
  const out = new DataView(new ArrayBuffer((text.length / 5) * 4));
  for (let n = 0; n < text.length / 5; n++) {
    let five = 0;
    for (let k = 0; k < 5; k++) five = five * 85 + worth[text[5 * n + k]];
    out.setUint32(4 * n, five);
  }
  return new Uint8Array(out.buffer, 4, out.getUint32(0));
}

/** Join whole numbers whose bytes were stored apart. @param {Uint8Array} apart */
function joined(apart) {
  const count = apart.length / 4, out = new Int32Array(count);
  for (let n = 0; n < count; n++) {
    const folded = apart[n] | (apart[count + n] << 8) | (apart[2 * count + n] << 16) | (apart[3 * count + n] << 24);
    out[n] = (folded >>> 1) ^ -(folded & 1);
  }
  return new Uint8Array(out.buffer);
}

/** Undo what pack.py did. @param {string} text @returns {Promise<Widget[]>} */
export async function unpack(text) {
  const packed = bytes(text);
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
  const whole = await new Response(stream).arrayBuffer();
  const length = new DataView(whole).getUint32(0, true);
  const { values, sizes, widgets } = JSON.parse(new TextDecoder().decode(new Uint8Array(whole, 4, length)));
  let start = 4 + length;
  const blobs = sizes.map((/** @type {[number, boolean]} */ [size, numbers]) => {
    const blob = new Uint8Array(whole, (start += size) - size, size);
    return numbers ? joined(blob) : blob;
  });
  const held = (/** @type {Record<string, number>} */ places, /** @type {any[]} */ from) =>
    Object.fromEntries(Object.entries(places).map(([name, place]) => [name, from[place]]));
  for (const { states } of widgets)
    for (const state of states) {
      Object.assign(state, { scene: held(state.scene, values), buffers: held(state.buffers, blobs) });
      const controls = state.controls.map((/** @type {number} */ place) => values[place]);
      Object.assign(state, { speeds: values[state.speeds], controls });
    }
  return widgets;
}

/** Make an element. @param {string} name @param {Record<string, any>} [traits] @param {(Node | string)[]} children */
function make(name, traits = {}, ...children) {
  const node = /** @type {any} */ (Object.assign(document.createElement(name), traits));
  node.append(...children);
  return node;
}

/** What the player takes for the widget's model in a notebook. @param {Record<string, any>} held */
function model(held) {
  /** @type {Record<string, (() => void)[]>} */ const reactions = {};
  return {
    get: (/** @type {string} */ name) => held[name],
    set(/** @type {string} */ name, /** @type {any} */ value) {
      if (held[name] === value) return;
      held[name] = value;
      for (const react of reactions[`change:${name}`] ?? []) react();
    },
    on: (/** @type {string} */ event, /** @type {() => void} */ react) => (reactions[event] ??= []).push(react),
    save_changes() {},
  };
}

/** One control: what is on the page, and how it follows a state.
 * @param {Control} control @param {(choice: number) => void} choose @returns {[HTMLElement, (stand: Stand) => void]} */
function draw({ label, told, kind, choices, names, more }, choose) {
  /** Whether a choice can be made, told by the element. */
  const allow = (/** @type {any} */ node, /** @type {boolean} */ ready) => {
    node.disabled = !ready;
    node.title = ready ? "" : REASON;
  };
  if (kind === "menu") {
    const menu = make("select", { onchange: () => choose(Number(menu.value)) });
    const show = (/** @type {Stand} */ { at, to }) => {
      const option = (/** @type {string} */ text, /** @type {number} */ n) => make("option", { value: n }, text);
      const ready = (/** @type {number} */ n) => n === at || String(n) in to;
      const others = choices.map(option).filter((_, n) => !ready(n));
      if (more) others.push(make("option", {}, "other values"));
      menu.replaceChildren(...choices.map(option).filter((_, n) => ready(n)));
      if (others.length) menu.append(make("optgroup", { label: REASON, disabled: true }, ...others));
      menu.value = String(at);
      allow(menu, Object.keys(to).length > 0);
    };
    return [make("label", { className: more ? "cnnlab-number" : "" }, `${label} `, menu), show];
  }
  const texts = kind === "buttons" ? choices : [label];
  const buttons = texts.map((text, n) => {
    const button = make("button", { type: "button", ariaLabel: names[n] ?? null }, text);
    button.onclick = () => choose(kind === "switch" ? Number(button.getAttribute("aria-pressed") !== "true") : n);
    return button;
  });
  const show = (/** @type {Stand} */ { at, to }) => buttons.forEach((button, n) => {
    const pressed = kind === "switch" ? at === 1 : n === at;
    if (kind !== "none") button.setAttribute("aria-pressed", String(pressed));
    allow(button, kind === "switch" ? String(1 - at) in to : String(n) in to || (kind === "buttons" && pressed));
  });
  const title = kind === "buttons" && told ? [make("span", {}, label)] : [];
  const group = make("div", { className: "cnnlab-buttons", role: "group", ariaLabel: label }, ...title, ...buttons);
  return [group, show];
}

/** Put a widget on the page. @param {HTMLElement} root @param {Widget} widget */
function mount(root, widget) {
  let state = widget.states[0], timer = 0;
  const first = { step: widget.step, message: state.message, building: false, names: {}, steady: {} };
  const lab = model({ ...first, scene: state.scene, buffers: state.buffers });

  /** @param {State} next @param {number} [step] */
  function go(next, step) {
    const [before, scene] = /** @type {any[]} */ ([state.scene, next.scene]);
    const { row, column } = moved(cellOf(before, lab.get("step")), 0, 0, scene.sizes.cell);
    state = next;
    lab.set("scene", next.scene);
    lab.set("buffers", next.buffers);
    lab.set("step", step ?? row * scene.columns + column);
    lab.set("message", next.message);
    follow();
  }

  const drawn = widget.controls.map((control, n) => draw(control, (choice) => {
    const to = state.controls[n].to[choice];
    if (typeof to === "number") return go(widget.states[to]);
    lab.set("message", to ?? "");
    follow();
  }));
  const reset = make("button", { type: "button", onclick: () => go(widget.states[0], 0) }, "Reset");
  const columns = [...new Set(widget.controls.map(({ column }) => column ?? Infinity))].sort((a, b) => a - b);
  const boxes = columns.map((column) => make("div", { className: "cnnlab-column" },
    ...drawn.filter((_, n) => (widget.controls[n].column ?? Infinity) === column).map(([node]) => node)));
  boxes.at(-1)?.append(reset);
  const reason = make("p", { className: "cnnlab-reason" }, "Controls with a dashed border need a running notebook.");

  const stage = make("div");
  const play = make("button", { type: "button", className: "cnnlab-motion" });
  const slider = make("input", { type: "range", min: 0, ariaLabel: "Step" });
  slider.oninput = () => lab.set("step", Number(slider.value));
  const speed = make("select", { onchange: () => { if (timer) start(); } });
  const build = make("button", { type: "button" }, "Build up");
  build.onclick = () => lab.set("building", !lab.get("building"));
  const motion = make("label", { className: "cnnlab-motion" }, "Speed ", speed);

  function stop() {
    clearInterval(timer);
    timer = 0;
    play.textContent = "▶ Play";
  }
  function start() {
    const [, pause, stride] = state.speeds[Number(speed.value)], last = Number(slider.max);
    clearInterval(timer);
    if (lab.get("step") === last) lab.set("step", 0);
    play.textContent = "⏸ Pause";
    timer = window.setInterval(() => {
      lab.set("step", Math.min(last, lab.get("step") + stride));
      if (lab.get("step") === last) stop();
    }, pause);
  }
  play.onclick = () => (timer ? stop() : start());

  /** Bring the controls to the state. */
  function follow() {
    drawn.forEach(([node, show], n) => {
      node.hidden = !state.controls[n].shown;
      show(state.controls[n]);
    });
    const grey = [...root.querySelectorAll(".cnnlab-controls :is(select, button):disabled")];
    reason.hidden = !grey.some((node) => node.checkVisibility());
    const { rows, columns } = /** @type {any} */ (state.scene), now = state.speeds.map(([name]) => name);
    slider.max = rows * columns - 1;
    build.hidden = !/** @type {any} */ (state.scene).html.includes("cnnlab-cover");
    slider.disabled = play.disabled = rows * columns === 1;
    if (now.join() !== [...speed.options].map(({ text }) => text).join()) {
      speed.replaceChildren(...now.map((name, n) => make("option", { value: n }, name)));
      speed.value = Math.max(0, now.indexOf("normal"));
    }
    if (timer) start();
    moveSlider();
  }
  const moveSlider = () => { slider.value = lab.get("step"); };
  lab.on("change:step", moveSlider);
  lab.on("change:building", () => build.setAttribute("aria-pressed", lab.get("building")));
  build.setAttribute("aria-pressed", "false");

  root.replaceChildren(make("div", { className: "cnnlab-controls" }, ...boxes), reason, stage,
    make("div", { className: "cnnlab-playbar" }, play, slider, motion, build));
  player.render({ model: lab, el: stage });
  stop();
  follow();
}

// Outputs made for JupyterLab look here for the theme.
const dark = matchMedia("(prefers-color-scheme: dark)");
const tell = () => { document.body.dataset.jpThemeLight = String(!dark.matches); };
dark.addEventListener("change", tell);
tell();

const widgets = await unpack(document.getElementById("cnnlab-traced")?.textContent ?? "");
for (const root of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-widget]")))
  mount(root, widgets[Number(root.dataset.widget)]);
