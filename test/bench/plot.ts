// The plot of what a delivery costs against the size of the room, as SVG, both axes logarithmic.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { median, short } from './figures.ts';
import { RESULTS } from './report.ts';
import type { Column } from './row.ts';

const WIDTH = 720;
const HEIGHT = 420;
const LEFT = 64;
const RIGHT = 110;
const TOP = 40;
const BOTTOM = 48;
const COLOURS = ['#c0392b', '#7f8c8d', '#95a5a6', '#2980b9', '#8e44ad', '#16a085', '#d68910'];

interface Point {
  readonly x: number;
  readonly y: number;
}

/** Writes results/room-sizes.svg: a line for each server, a point for each of the `sizes` whose column has it. */
export function plotSizes(sizes: readonly number[], columns: readonly Column[]): void {
  const names = [...new Set(columns.flatMap(({ values }) => Object.keys(values)))];
  const costs = new Map(
    names.map((name) => [
      name,
      columns.map(({ values }) => median(values[name] ?? [])).map((cost) => (cost > 0 ? cost : Number.NaN)),
    ]),
  );
  const known = [...costs.values()].flat().filter((cost) => !Number.isNaN(cost));
  const low = Math.floor(Math.log10(Math.min(...known)));
  const high = Math.ceil(Math.log10(Math.max(...known)));
  const across = Math.log10(sizes.at(-1) ?? 1) - Math.log10(sizes[0] ?? 1);
  const place = (size: number, cost: number): Point => ({
    x: LEFT + ((Math.log10(size) - Math.log10(sizes[0] ?? 1)) / across) * (WIDTH - LEFT - RIGHT),
    y: TOP + ((high - Math.log10(cost)) / (high - low)) * (HEIGHT - TOP - BOTTOM),
  });
  const decades = Array.from({ length: high - low + 1 }, (_, i) => 10 ** (low + i));
  const grid = [
    ...decades.map((cost) => level(place(sizes[0] ?? 1, cost), short(cost))),
    ...sizes.map((size) => upright(place(size, 10 ** low), String(size))),
  ];
  const ends: Point[] = [];
  const lines = names.map((name, i) => {
    const points = (costs.get(name) ?? []).flatMap((cost, at) =>
      Number.isNaN(cost) ? [] : [place(sizes[at] ?? 1, cost)],
    );
    const end = free(points.at(-1) ?? { x: LEFT, y: TOP }, ends);
    ends.push(end);
    return drawn(name, points, end.y, COLOURS[i % COLOURS.length] ?? '#000');
  });
  const title = 'CPU of the server for one delivery (µs) against members in the room';
  writeFileSync(
    join(RESULTS, 'room-sizes.svg'),
    [
      `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${HEIGHT}" font-family="sans-serif" font-size="12">`,
      `<rect width="100%" height="100%" fill="#fff"/>`,
      `<text x="${LEFT}" y="20" font-size="14">${title}</text>`,
      ...grid,
      ...lines,
      '</svg>\n',
    ].join('\n'),
  );
}

function level({ y }: Point, label: string): string {
  return (
    `<line x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${y}" y2="${y}" stroke="#ddd"/>` +
    `<text x="${LEFT - 8}" y="${y + 4}" text-anchor="end">${label}</text>`
  );
}

function upright({ x }: Point, label: string): string {
  return (
    `<line x1="${x}" x2="${x}" y1="${TOP}" y2="${HEIGHT - BOTTOM}" stroke="#ddd"/>` +
    `<text x="${x}" y="${HEIGHT - BOTTOM + 20}" text-anchor="middle">${label}</text>`
  );
}

/** A place near `wanted` at which no other name stands. */
function free({ x, y }: Point, taken: readonly Point[]): Point {
  const clash = taken.some((other) => other.x === x && Math.abs(other.y - y) < 13);
  return clash ? free({ x, y: y + 13 }, taken) : { x, y };
}

function drawn(name: string, points: readonly Point[], end: number, colour: string): string {
  const width = name === 'hub' ? 3 : 1.5;
  const path = points.map(({ x, y }) => `${x.toFixed(1)},${y.toFixed(1)}`).join(' ');
  return [
    `<polyline points="${path}" fill="none" stroke="${colour}" stroke-width="${width}"/>`,
    ...points.map(({ x, y }) => `<circle cx="${x.toFixed(1)}" cy="${y.toFixed(1)}" r="3" fill="${colour}"/>`),
    `<text x="${(points.at(-1)?.x ?? 0) + 10}" y="${(end + 4).toFixed(1)}" fill="${colour}">${name}</text>`,
  ].join('\n');
}
