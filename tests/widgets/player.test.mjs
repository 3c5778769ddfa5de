// Run by test_player.py with node's own runner; the path of player.js comes in PLAYER.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

const source = readFileSync(process.env.PLAYER, "utf8");
const { cellOf, fill, format, jumpOf, moved, word } = await import(`data:text/javascript,${encodeURIComponent(source)}`);
const { scene, buffers, cases, numbers } = JSON.parse(readFileSync(process.env.CASES, "utf8"));

const types = { Uint8Array, Uint16Array, Int32Array, Float64Array };
const arrays = Object.fromEntries(
  Object.entries(scene.arrays).map(([name, { type }]) => [name, types[type].from(buffers[name])]),
);

test("every word is the one Python looks up", () => {
  for (const { step, words, sentences } of cases) {
    const at = cellOf(scene, step);
    const cursors = { step: at, cell: at, probe: null };
    for (const [slot, expected] of Object.entries(words)) assert.equal(word(scene, arrays, cursors, slot), expected, slot);
    for (const [name, expected] of Object.entries(sentences)) {
      assert.equal(fill(scene, arrays, cursors, scene.sentences[name]), expected);
    }
  }
});

test("numbers are written as Python writes them", () => {
  for (const [code, decimals, expected] of numbers) assert.equal(format(code, decimals), expected);
});

test("cursors stay inside", () => {
  assert.deepEqual(moved({ row: 0, column: 3 }, -1, Infinity, [4, 5]), { row: 0, column: 4 });
  assert.deepEqual(moved({ row: 3, column: 0 }, 10, -Infinity, [4, 5]), { row: 3, column: 0 });
  assert.deepEqual(cellOf({ rows: 2, columns: 3 }, 99), { row: 1, column: 2 });
  assert.deepEqual(cellOf({ rows: 2, columns: 3 }, -1), { row: 0, column: 0 });
});

test("in one row or one column every arrow runs along it", () => {
  assert.deepEqual(jumpOf("ArrowRight", [3, 4]), [0, 1]);
  assert.deepEqual(jumpOf("ArrowRight", [5, 1]), [1, 0]);
  assert.deepEqual(jumpOf("Home", [5, 1]), [-Infinity, 0]);
  assert.deepEqual(jumpOf("ArrowUp", [1, 5]), [0, -1]);
  assert.deepEqual(jumpOf("ArrowDown", [5, 1]), [1, 0]);
  assert.equal(jumpOf("a", [1, 5]), undefined);
});
