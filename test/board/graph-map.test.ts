/** Goal: on the map every item has a place of its own within the sheet, and is found there. Method: random graphs and sheets. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { BAR_FORMS } from "../../src/board/data/bar-form.ts";
import { LAMPS } from "../../src/board/data/lamp.ts";
import { ItemStore } from "../../src/board/data/item-store.ts";
import { numberedOf, placementOf } from "../../src/board/data/placement.ts";
import { fittedCamera, gridOf, itemAt, zoomedCamera } from "../../src/board/data/graph-map.ts";
import { itemOf, snapshotOf } from "../support/board-item.ts";

const idOf = (number: number): string => `00000000-0000-0000-0000-${String(number).padStart(12, "0")}`;
const graphs = fc
  .array(fc.array(fc.nat({ max: 60 }), { maxLength: 3 }), { minLength: 1, maxLength: 60 })
  .map((needs) =>
    needs.map((some, n) =>
      itemOf({ id: idOf(n), key: `k${n}`, dependencies: [...new Set(some.filter((need) => need < n))].map(idOf) }),
    ),
  );
const sheets = fc.record({ width: fc.integer({ min: 300, max: 2_000 }), height: fc.integer({ min: 200, max: 1_200 }) });

test("every item is found where it is drawn, from afar and from nearby, and all of them are within the sheet at first", () => {
  fc.assert(
    fc.property(graphs, sheets, fc.double({ min: 0.5, max: 3, noNaN: true }), (items, sheet, factor) => {
      const store = new ItemStore();
      store.apply([snapshotOf(1, items)]);
      const placed = { items, placement: placementOf(numberedOf(items)) };
      const grid = gridOf(placed.placement, sheet);
      const fitted = fittedCamera(grid, sheet);
      for (const camera of [fitted, zoomedCamera(fitted, factor, { x: 10, y: 10 })]) {
        const scene = { ...sheet, placed, grid, camera, picture: store.picture() };
        items.forEach((item, node) => {
          // The middle of the node.
          const at = {
            x: camera.x + (grid.x[node]! + 75) * camera.scale,
            y: camera.y + (grid.y[node]! + 11 * grid.stretch) * camera.scale,
          };
          expect(itemAt(scene, at)?.key).toBe(item.key);
          if (camera !== fitted) return;
          expect(at.x > 0 && at.x < sheet.width && at.y > 0 && at.y < sheet.height).toBe(true);
        });
      }
      expect(
        itemAt({ ...sheet, placed, grid, camera: fitted, picture: store.picture() }, { x: -50, y: 5 }),
      ).toBeUndefined();
    }),
  );
});

test("zooming keeps what is pointed at where it is, between bounds", () => {
  const camera = { x: 40, y: 20, scale: 0.1 };
  const at = { x: 140, y: 70 };
  const next = zoomedCamera(camera, 2, at);
  expect((at.x - next.x) / next.scale).toBeCloseTo((at.x - camera.x) / camera.scale);
  expect(zoomedCamera(camera, 1e9, at).scale).toBeLessThan(2);
  expect(zoomedCamera(camera, 1e-9, at).scale).toBeGreaterThan(0);
});

test("ten thousand flat items stand in a block, not in one column", () => {
  const items = Array.from({ length: 10_000 }, (_, n) => itemOf({ id: idOf(n), key: `k${n}` }));
  const sheet = { width: 1_200, height: 500 };
  const grid = gridOf(placementOf(numberedOf(items)), sheet);
  expect(grid.width / grid.height).toBeGreaterThan(1);
  expect(grid.width / grid.height).toBeLessThan(5);
});

test("no state of an item is told by the colour of its bar alone", () => {
  expect(Object.keys(BAR_FORMS)).toEqual([...LAMPS]);
  expect(new Set(Object.values(BAR_FORMS).map((form) => JSON.stringify(form))).size).toBe(LAMPS.length);
});
