// @ts-check
/**
 * The player of every cnnlab widget. It looks up, places, formats and announces; it computes no result. All numbers come
 * from Python as tables (see scene.py, whose `Still` looks words up by the same rules).
 *
 * Cursors: `step` is where slider and Play stand, `cell` is the output cell shown (the hovered one, else the step),
 * `probe`, or any other name an area has, is the cell of that area under the pointer or the keyboard.
 *
 * @typedef {{row: number, column: number}} Cursor
 * @typedef {{array?: string, table?: string, down?: number, right?: number, axis?: string, cursor: string,
 *   pace?: [number, number]}} Slot
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

const LOOKED_UP = { fill: "fill", path: "d", picture: "href" }; // what names a slot, and the attribute that takes its word
const CHANGING = ["slot", "sentence", "mover", ...Object.keys(LOOKED_UP)].map((kind) => `[data-${kind}]`).join();

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
  const { columns, decimals } = scene.arrays[slot.array], [down, right] = slot.pace ?? [1, 1];
  const place = (at.row * down + (slot.down ?? 0)) * columns + at.column * right + (slot.right ?? 0);
  const code = arrays[slot.array][place];
  return slot.table ? scene.tables[slot.table][code] : format(code, decimals);
}

/** Fill a sentence's {slots} in, and the slots inside those words.
 * @param {Scene} scene @param {Arrays} arrays @param {Cursors} cursors @param {string} text @returns {string} */
export function fill(scene, arrays, cursors, text, cursor = "cell") {
  return text.replace(/\{(\w+)\}/g, (_, name) => {
    const at = cursors[cursor] ?? { row: 0, column: 0 };
    if (name === "row") return String(at.row);
    if (name === "column") return String(at.column);
    if (name === "step") return String(stepOf(scene, at) + 1);
    return fill(scene, arrays, cursors, word(scene, arrays, cursors, name), cursor);
  });
}

const keep = (/** @type {number} */ value, /** @type {number} */ count) => Math.min(count - 1, Math.max(0, value));

/** The cell a cursor reaches, kept inside its grid.
 * @param {Cursor} at @param {number} down @param {number} right @param {[number, number]} size @returns {Cursor} */
export function moved({ row, column }, down, right, [rows, columns]) {
  return { row: keep(row + down, rows), column: keep(column + right, columns) };
}

/** Where a key moves a cursor, down and right, or nowhere; where there is but one row or column every arrow runs along it.
 * @param {string} key @param {[number, number]} size @returns {[number, number] | undefined} */
export function jumpOf(key, [rows, columns]) {
  const jump = KEYS[key], across = jump && ((columns === 1 && jump[1]) || (rows === 1 && jump[0]));
  return across ? [jump[1], jump[0]] : jump;
}

/** @param {Scene} scene @param {number} step @returns {Cursor} */
export function cellOf(scene, step) {
  const kept = keep(step, scene.rows * scene.columns);
  return { row: Math.floor(kept / scene.columns), column: kept % scene.columns };
}

/** @param {Scene} scene @param {Cursor} at */
const stepOf = (scene, at) => at.row * scene.columns + at.column;

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

/** Give ipywidgets' bare controls a name and a state for screen readers, and keep their keys from JupyterLab.
 * @param {Element} root @param {Record<string, string>} names */
export function nameControls(root, names) {
  for (const [mark, name] of Object.entries(names)) {
    const words = name.split("|"); // several: one for each part, in order
    const parts = `.${mark}:is(button), .${mark} :is(input, select, button, [role=slider], [contenteditable])`;
    root.querySelectorAll(parts).forEach((part, n) => {
      part.setAttribute("aria-label", words[Math.min(n, words.length - 1)]);
      part.setAttribute("data-lm-suppress-shortcuts", "true");
      if (part.matches(".widget-toggle-button, .widget-toggle-buttons button"))
        part.setAttribute("aria-pressed", String(part.classList.contains("mod-active")));
    });
  }
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
  /** @type {[string, Cursor] | null} */ let pointed = null; // the area and its cell under the pointer or the keyboard
  let pinned = false, loads = 0, timer = 0;
  /** @type {Pictures} */ let held = {};
  /** @type {((at: Cursors) => void)[]} */ let painters = [];
  /** @type {Element[]} */ let boxes = []; // around the panels: one too wide for the page scrolls in its box

  /** Where every cursor is, and which of them the sentence is about. @returns {[Cursors, string]} */
  function cursors() {
    const step = cellOf(scene, model.get("step")), [area, at] = pointed ?? ["cell", step];
    return area === "cell" ? [{ step, cell: pinned ? step : at }, area] : [{ step, cell: step, [area]: at }, area];
  }

  function show() {
    if (!scene) return;
    const [at, which] = cursors();
    for (const paint of painters) paint(at);
    const text = fill(scene, arrays, at, scene.sentences[which], which);
    sentence.textContent = pinned && which === "cell" ? `${text} Pinned: Esc releases.` : text;
    clearTimeout(timer);
    timer = window.setTimeout(() => { live.textContent = sentence.textContent; }, QUIET);
  }

  /** Tie every element that changes to its look-up, once per scene. */
  function bind() {
    painters = [];
    for (const node of stage.querySelectorAll(CHANGING)) {
      const { slot, sentence, mover, ...slots } = /** @type {HTMLElement} */ (node).dataset;
      const text = () => slot ? `{${slot}}` : scene.sentences[`${sentence}_${pointed?.[0]}`] ?? scene.sentences[sentence ?? ""];
      if (text()) painters.push(changed((at) => fill(scene, arrays, at, text()), (now) => { node.textContent = now; }));
      if (mover) painters.push((at) => place(node, scene.movers[mover], at));
      for (const [kind, attribute] of Object.entries(LOOKED_UP)) {
        const write = (/** @type {string} */ now) => node.setAttribute(attribute, kind === "picture" ? held[now]?.url ?? "" : now);
        if (slots[kind]) painters.push(changed((at) => word(scene, arrays, at, slots[kind] ?? ""), write));
      }
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
    if (JSON.stringify(scene?.sizes) !== JSON.stringify(next.sizes)) pointed = null;
    [scene, painters] = [next, []]; // the old ones look up what is no longer there; removing the focus calls them
    const focused = /** @type {HTMLElement | null} */ (stage.querySelector(":focus"))?.dataset.area;
    const scrolled = boxes.map((box) => box.scrollLeft);
    stage.innerHTML = scene.html;
    sizer.disconnect();
    boxes = [...stage.querySelectorAll(".cnnlab-scroll")];
    for (const box of boxes) sizer.observe(box);
    boxes.forEach((box, n) => { box.scrollLeft = scrolled[n] ?? 0; });
    for (const node of /** @type {NodeListOf<SVGElement>} */ (stage.querySelectorAll("image[data-asset]")))
      node.setAttribute("href", held[node.dataset.asset ?? ""].url);
    bind();
    show();
    if (focused) /** @type {HTMLElement} */ (stage.querySelector(`[data-area=${focused}]`))?.focus();
  }

  /** @param {number} step */
  function go(step) {
    model.set("step", keep(step, scene.rows * scene.columns));
    model.save_changes();
    show();
    follow();
  }

  /** Scroll what the cursor marks into sight, in the panels that are too wide for the page. */
  function follow() {
    const cursor = pointed?.[0] ?? "cell";
    for (const box of boxes.filter((each) => each.classList.contains("cnnlab-scrolls"))) {
      const { left, right } = box.getBoundingClientRect();
      for (const node of /** @type {NodeListOf<SVGElement>} */ (box.querySelectorAll("[data-mover], [data-path]"))) {
        const { mover = "", path = "" } = node.dataset, at = node.getBoundingClientRect();
        if ((scene.movers[mover] ?? scene.slots[path]).cursor !== cursor || !at.width) continue;
        if (at.left < left || at.right > right) box.scrollLeft += (at.left + at.right - left - right) / 2;
        break;
      }
    }
  }

  /** The area and cell under the pointer. @param {Event} event @returns {[string, Cursor] | null} */
  function under(event) {
    const hit = /** @type {Element} */ (event.target).closest?.("[data-area]")?.querySelector("[data-hit]");
    if (!hit) return null;
    const { left, top, width, height } = hit.getBoundingClientRect();
    const { clientX, clientY } = /** @type {PointerEvent} */ (event);
    if (clientX < left || clientY < top || clientX > left + width || clientY > top + height) return null;
    const { hit: name = "", first = 0, rows: part } = /** @type {SVGElement} */ (hit).dataset, size = scene.sizes[name];
    const rows = Number(part ?? size[0]), row = keep(Math.floor(((clientY - top) / height) * rows), rows) + Number(first);
    return [name, moved({ row, column: Math.floor(((clientX - left) / width) * size[1]) }, 0, 0, size)];
  }

  /** The step that a cell of an area stands for; but in "cell", the word of the slot goto_area says it, if there is one.
   * @param {string} area @param {Cursor} at */
  const target = (area, at) => area === "cell" ? stepOf(scene, at)
    : scene.slots[`goto_${area}`] ? Number(word(scene, arrays, { [area]: at }, `goto_${area}`)) : null;

  const onPoint = (/** @type {Event} */ event) => {
    pointed = event.type === "pointermove" ? under(event) : null;
    show();
  };
  const onClick = (/** @type {Event} */ event) => {
    const move = /** @type {Element} */ (event.target).closest("[data-move]")?.getAttribute("data-move");
    if (move) return go(model.get("step") + Number(move));
    const found = under(event), step = found && target(...found);
    if (step === null) return;
    pinned = !(pinned && step === model.get("step"));
    go(step);
  };
  const onKey = (/** @type {KeyboardEvent} */ event) => {
    const area = /** @type {HTMLElement} */ (event.target).dataset.area;
    if (!area || event.altKey || event.metaKey || event.ctrlKey) return;
    const jump = jumpOf(event.key, scene.sizes[area]);
    if (jump && area === "cell") {
      pointed = null;
      go(stepOf(scene, moved(cellOf(scene, model.get("step")), ...jump, scene.sizes.cell)));
    } else if (jump) {
      const row = Number(/** @type {any} */ (event.target).querySelector("[data-hit]").dataset.first ?? 0);
      pointed = [area, pointed?.[0] === area ? moved(pointed[1], ...jump, scene.sizes[area]) : { row, column: 0 }];
    } else if (event.key === "Enter" || event.key === " ") {
      const step = area !== "cell" && pointed ? target(...pointed) : null;
      if (step === null) pinned = area === "cell" && !pinned;
      else go(step);
    } else return;
    event.preventDefault();
    event.stopPropagation();
    show();
    follow();
  };
  const onEscape = (/** @type {KeyboardEvent} */ event) => { // wherever the focus is in the widget
    if (event.key !== "Escape" || !(pinned || pointed)) return;
    [pinned, pointed] = [false, null];
    event.stopPropagation();
    show();
  };
  // Python goes to the first step too. But a step that waits to be sent would reach it after the click, and undo that.
  const onReset = (/** @type {Event} */ event) => {
    if (/** @type {Element} */ (event.target).closest(".cnnlab-reset")) go(0);
  };
  for (const kind of ["pointermove", "pointerleave", "focusout"]) stage.addEventListener(kind, onPoint);
  el.addEventListener("click", onClick);
  stage.addEventListener("keydown", onKey);

  const tell = () => { alert.textContent = model.get("message"); };
  const build = () => el.classList.toggle("cnnlab-building", model.get("building"));
  let waiting = false;
  /** @type {HTMLElement | null} */ let root = null; // the widget that the player is in
  const loadSoon = () => { // once, when scene and buffers have all arrived
    if (!waiting) queueMicrotask(() => { waiting = false; load(); });
    waiting = true;
  };
  // ipywidgets draws the controls around the player, and changes them, in its own time.
  const sizer = new ResizeObserver((sized) => sized.forEach((each) => {
    const target = /** @type {HTMLElement} */ (each.target);
    const scrolls = target.classList.toggle("cnnlab-scrolls", target.scrollWidth > target.clientWidth);
    if (target.matches("[role]")) target.tabIndex = scrolls ? 0 : -1; // in the others the picture takes the focus
  }));
  const watcher = new MutationObserver(() => watch());
  const watch = () => {
    root = el.closest(".cnnlab-lab");
    if (!root) return;
    watcher.observe(root, { childList: true });
    root.addEventListener("keydown", onEscape, true); // adding it again changes nothing
    root.addEventListener("click", onReset, true);
    const drawn = { childList: true, subtree: true, attributeFilter: ["class"] };
    for (const part of root.children) if (!part.contains(el)) watcher.observe(part, drawn); // el changes at every step
    nameControls(root, model.get("names"));
  };
  const reactions = { step: () => { show(); follow(); }, message: tell, building: build, names: watch };
  for (const [part, react] of Object.entries(reactions)) model.on(`change:${part}`, react);
  for (const part of ["scene", "buffers", "steady"]) model.on(`change:${part}`, loadSoon);
  for (const start of [tell, build, load, () => requestAnimationFrame(watch)]) start();
  return () => {
    watcher.disconnect();
    sizer.disconnect();
    root?.removeEventListener("keydown", onEscape, true);
    root?.removeEventListener("click", onReset, true);
    clearTimeout(timer);
    release(held, {});
  };
}

export default { render };
