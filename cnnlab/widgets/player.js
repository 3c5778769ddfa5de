// @ts-check
/**
 * The player of every cnnlab widget. It looks up, places, formats and announces; it computes no result. All numbers come
 * from Python as tables (see scene.py, whose `Still` looks words up by the same rules).
 *
 * Cursors: `step` is where slider and Play stand, `cell` is the output cell shown (the hovered one, else the step),
 * `probe` is the input cell under the pointer or the keyboard.
 *
 * @typedef {{row: number, column: number}} Cursor
 * @typedef {{array?: string, table?: string, down?: number, right?: number, axis?: string, cursor: string}} Slot
 * @typedef {{
 *   html: string, rows: number, columns: number, sizes: Record<string, [number, number]>,
 *   slots: Record<string, Slot>, tables: Record<string, string[]>,
 *   arrays: Record<string, {type: string, columns: number, decimals: number}>,
 *   movers: Record<string, {cursor: string, x: [number, number], y: [number, number]}>,
 *   sentences: Record<string, string>, assets: string[],
 * }} Scene
 * @typedef {Record<string, ArrayLike<number>>} Arrays
 * @typedef {Record<string, Cursor | null>} Cursors
 * @typedef {Record<string, {bytes: DataView, url: string}>} Pictures
 */

const TYPES = { Uint8Array, Uint16Array, Int32Array, Float64Array };
const QUIET = 400; // ms without a change before a sentence is read out: Play does not chatter
const KEYS = /** @type {Record<string, [number, number]>} */ ({
  ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0],
  Home: [0, -Infinity], End: [0, Infinity], PageUp: [-10, 0], PageDown: [10, 0],
});

/** Write a scaled whole number as Python's `number` does. @param {number} code @param {number} decimals */
export function format(code, decimals) {
  let text = (code / 10 ** decimals).toFixed(decimals);
  if (text.includes(".")) text = text.replace(/\.?0+$/, "");
  return text === "-0" ? "0" : text.replace("-", "−");
}

/** Look one word up. @param {Scene} scene @param {Arrays} arrays @param {Cursors} cursors @param {string} name */
export function word(scene, arrays, cursors, name) {
  const slot = scene.slots[name], at = cursors[slot.cursor];
  if (!at) return "";
  if (!slot.array) return scene.tables[slot.table ?? ""][slot.axis === "row" ? at.row : at.column];
  const { columns, decimals } = scene.arrays[slot.array];
  const code = arrays[slot.array][(at.row + (slot.down ?? 0)) * columns + at.column + (slot.right ?? 0)];
  return slot.table ? scene.tables[slot.table][code] : format(code, decimals);
}

/** Fill a sentence's {slots} in, and the slots inside those words.
 * @param {Scene} scene @param {Arrays} arrays @param {Cursors} cursors @param {string} text @returns {string} */
export function fill(scene, arrays, cursors, text, cursor = "cell") {
  return text.replace(/\{(\w+)\}/g, (_, name) => {
    const at = cursors[cursor] ?? { row: 0, column: 0 };
    if (name === "row") return String(at.row);
    if (name === "column") return String(at.column);
    if (name === "step") return String(at.row * scene.columns + at.column + 1);
    return fill(scene, arrays, cursors, word(scene, arrays, cursors, name), cursor);
  });
}

const keep = (/** @type {number} */ value, /** @type {number} */ count) => Math.min(count - 1, Math.max(0, value));

/** The cell a cursor reaches, kept inside its grid.
 * @param {Cursor} at @param {number} down @param {number} right @param {[number, number]} size @returns {Cursor} */
export function moved({ row, column }, down, right, [rows, columns]) {
  return { row: keep(row + down, rows), column: keep(column + right, columns) };
}

/** @param {Scene} scene @param {number} step @returns {Cursor} */
export function cellOf(scene, step) {
  const kept = keep(step, scene.rows * scene.columns);
  return { row: Math.floor(kept / scene.columns), column: kept % scene.columns };
}

/** A painter that writes only when its word is not the one written last.
 * @param {(at: Cursors) => string} read @param {(now: string) => void} write @returns {(at: Cursors) => void} */
function changed(read, write) {
  /** @type {string | null} */ let last = null;
  return (at) => {
    const now = read(at);
    if (now !== last) write(now);
    last = now;
  };
}

/** Free the pictures that are not needed any more. @param {Pictures} old @param {Pictures} kept */
function release(old, kept) {
  for (const [name, { url }] of Object.entries(old)) if (kept[name]?.url !== url) URL.revokeObjectURL(url);
}

/** Put a mover where its cursor is. @param {Element} node @param {Scene["movers"][""]} mover @param {Cursors} cursors */
function place(node, { cursor, x, y }, cursors) {
  const at = cursors[cursor];
  node.setAttribute("visibility", at ? "visible" : "hidden");
  if (at) node.setAttribute("transform", `translate(${x[0] + at.column * x[1]} ${y[0] + at.row * y[1]})`);
}

/** Give ipywidgets' bare controls a name for screen readers, and keep their keys from JupyterLab.
 * @param {Element} root @param {Record<string, string>} names @returns {boolean} whether all were there */
export function nameControls(root, names) {
  let all = true;
  for (const [mark, name] of Object.entries(names)) {
    const parts = root.querySelectorAll(`.${mark} :is(input, select, button, [role=slider])`);
    all &&= parts.length > 0;
    const words = name.split("|"); // several: one for each part, in order
    parts.forEach((part, n) => {
      part.setAttribute("aria-label", words[Math.min(n, words.length - 1)]);
      part.setAttribute("data-lm-suppress-shortcuts", "true");
    });
  }
  return all;
}

/** @param {{model: any, el: HTMLElement}} context */
function render({ model, el }) {
  el.classList.add("cnnlab-player");
  el.innerHTML =
    '<div class="cnnlab-alert" role="alert"></div><div class="cnnlab-scene"></div><p class="cnnlab-status">' +
    '<button type="button" data-move="-1">‹ Back</button> <button type="button" data-move="1">Next ›</button> ' +
    '<span class="cnnlab-sentence"></span></p><div class="cnnlab-live" aria-live="polite"></div>';
  const find = (/** @type {string} */ query) => /** @type {HTMLElement} */ (el.querySelector(query));
  const [alert, stage, sentence, live] = [".cnnlab-alert", ".cnnlab-scene", ".cnnlab-sentence", ".cnnlab-live"].map(find);

  /** @type {Scene} */ let scene;
  /** @type {Arrays} */ let arrays = {};
  /** @type {Cursor | null} */ let hover = null;
  /** @type {Cursor | null} */ let probe = null;
  let pinned = false, loads = 0, timer = 0;
  /** @type {Pictures} */ let held = {};
  /** @type {((at: Cursors) => void)[]} */ let painters = [];

  const cursors = () => {
    const step = cellOf(scene, model.get("step"));
    return /** @type {Cursors} */ ({ step, cell: (!pinned && hover) || step, probe });
  };

  function show() {
    if (!scene) return;
    const at = cursors(), which = probe ? "probe" : "cell";
    for (const paint of painters) paint(at);
    const text = fill(scene, arrays, at, scene.sentences[which], which);
    sentence.textContent = pinned && !probe ? `${text} Pinned: Esc releases.` : text;
    clearTimeout(timer);
    timer = window.setTimeout(() => { live.textContent = sentence.textContent; }, QUIET);
  }

  /** Tie every element that changes to its look-up, once per scene. */
  function bind() {
    painters = [];
    for (const node of stage.querySelectorAll("[data-slot], [data-fill], [data-sentence], [data-mover]")) {
      const { slot, fill: shade, sentence, mover } = /** @type {HTMLElement} */ (node).dataset;
      const text = slot ? `{${slot}}` : scene.sentences[sentence ?? ""];
      if (text) painters.push(changed((at) => fill(scene, arrays, at, text), (now) => { node.textContent = now; }));
      if (shade) painters.push(changed((at) => word(scene, arrays, at, shade), (now) => node.setAttribute("fill", now)));
      if (mover) painters.push((at) => place(node, scene.movers[mover], at));
    }
  }

  /** Take a new scene over; its pictures are decoded first, so that nothing flashes. */
  async function load() {
    const load = ++loads, next = /** @type {Scene} */ (model.get("scene"));
    if (!next.html) return;
    const buffers = { ...model.get("steady"), ...model.get("buffers") };
    /** @type {Pictures} */ const fresh = {};
    for (const name of next.assets) { // bytes that were there before are a picture already
      const bytes = buffers[name], old = held[name]?.bytes === bytes ? held[name].url : "";
      fresh[name] = { bytes, url: old || URL.createObjectURL(new Blob([bytes], { type: "image/png" })) };
    }
    const given = Object.values(fresh).map(({ url }) => url);
    await Promise.all(given.map((url) => Object.assign(new Image(), { src: url }).decode().catch(() => {})));
    if (load !== loads) return release(fresh, held); // a later one came first
    release(held, fresh);
    held = fresh;
    arrays = {};
    for (const [name, { type }] of Object.entries(next.arrays)) {
      const { buffer, byteOffset, byteLength } = buffers[name]; // copied: an offset may not suit the type
      arrays[name] = new TYPES[/** @type {keyof TYPES} */ (type)](buffer.slice(byteOffset, byteOffset + byteLength));
    }
    scene = next;
    hover = probe = null;
    const focused = /** @type {HTMLElement | null} */ (stage.querySelector(":focus"))?.dataset.area;
    stage.innerHTML = scene.html;
    stage.querySelectorAll("image").forEach((node) => node.setAttribute("href", held[node.dataset.asset ?? ""].url));
    bind();
    show();
    if (focused) /** @type {HTMLElement} */ (stage.querySelector(`[data-area=${focused}]`))?.focus();
  }

  /** @param {Cursor} at */
  function go(at) {
    model.set("step", at.row * scene.columns + at.column);
    model.save_changes();
    show();
  }

  /** The area and cell under the pointer. @param {Event} event @returns {[string, Cursor] | null} */
  function under(event) {
    const hit = /** @type {Element} */ (event.target).closest?.("[data-area]")?.querySelector("[data-hit]");
    if (!hit) return null;
    const { left, top, width, height } = hit.getBoundingClientRect();
    const { clientX, clientY } = /** @type {PointerEvent} */ (event);
    if (clientX < left || clientY < top || clientX > left + width || clientY > top + height) return null;
    const name = /** @type {SVGElement} */ (hit).dataset.hit ?? "", [rows, columns] = scene.sizes[name];
    const row = Math.floor(((clientY - top) / height) * rows), column = Math.floor(((clientX - left) / width) * columns);
    return [name, moved({ row, column }, 0, 0, [rows, columns])];
  }

  const onPoint = (/** @type {Event} */ event) => {
    const [name, at] = (event.type === "pointermove" && under(event)) || ["", null];
    hover = name === "cell" ? at : null;
    probe = name === "probe" ? at : null;
    show();
  };
  const onClick = (/** @type {Event} */ event) => {
    const move = /** @type {Element} */ (event.target).closest("[data-move]")?.getAttribute("data-move");
    if (move) return go(cellOf(scene, model.get("step") + Number(move)));
    const [name, at] = under(event) ?? ["", null];
    if (name !== "cell" || !at) return;
    const { step } = cursors();
    pinned = !(pinned && step?.row === at.row && step.column === at.column);
    hover = at;
    go(at);
  };
  const onKey = (/** @type {KeyboardEvent} */ event) => {
    const area = /** @type {HTMLElement} */ (event.target).dataset.area;
    if (!area || event.altKey || event.metaKey || event.ctrlKey) return;
    const jump = KEYS[event.key];
    if (jump && area === "cell") {
      hover = null;
      go(moved(cellOf(scene, model.get("step")), ...jump, scene.sizes.cell));
    } else if (jump) {
      probe = probe ? moved(probe, ...jump, scene.sizes[area]) : { row: 0, column: 0 };
    } else if (event.key === "Enter" || event.key === " ") pinned = area === "cell" && !pinned;
    else if (event.key === "Escape") [pinned, hover, probe] = [false, null, null];
    else return;
    event.preventDefault();
    event.stopPropagation();
    show();
  };
  for (const kind of ["pointermove", "pointerleave", "focusout"]) stage.addEventListener(kind, onPoint);
  el.addEventListener("click", onClick);
  stage.addEventListener("keydown", onKey);

  const tell = () => { alert.textContent = model.get("message"); };
  const build = () => el.classList.toggle("cnnlab-building", model.get("building"));
  model.on("change:step", show);
  let waiting = false;
  const loadSoon = () => { // once, when scene and buffers have all arrived
    if (!waiting) queueMicrotask(() => { waiting = false; load(); });
    waiting = true;
  };
  for (const part of ["scene", "buffers", "steady"]) model.on(`change:${part}`, loadSoon);
  model.on("change:message", tell);
  model.on("change:building", build);
  for (const start of [tell, build, load]) start();

  // The controls around the player are drawn by ipywidgets in their own time: watch until all have their names.
  /** @type {Element | null} */ let root = null;
  const watcher = new MutationObserver(() => {
    if (root && nameControls(root, model.get("names"))) watcher.disconnect();
  });
  const watch = () => {
    root = el.closest(".cnnlab-lab");
    if (!root) return;
    watcher.disconnect();
    watcher.observe(root, { childList: true, subtree: true });
    nameControls(root, model.get("names"));
  };
  requestAnimationFrame(watch);
  model.on("change:names", watch);
  return () => {
    watcher.disconnect();
    clearTimeout(timer);
    release(held, {});
  };
}

export default { render };
