// Lines over time, drawn by uPlot. A script of its own: only who asks for a picture loads it.
import uPlot from "uplot";

export interface Lines {
  /** Seconds since 1970 of what the clock shows, as if it stood in UTC. */
  times: number[];
  series: { label: string; values: (number | null)[] }[];
  unit: string;
  /** How a value and a time are written. */
  number: (value: number) => string;
  /** What the legend calls the time. */
  time: string;
}

const HEIGHT = 320;
const LOW = 220;
const NARROW = 600;

/** Draws lines into an element, anew when its width or the colours change; returns how to end that. */
export function draw(target: HTMLElement, lines: Lines): () => void {
  let plot: uPlot | null = null;
  let width = 0;
  const again = () => {
    width = target.clientWidth;
    plot?.destroy();
    plot = new uPlot(options(target, lines, width), [lines.times, ...lines.series.map((one) => one.values)], target);
  };
  const resized = new ResizeObserver(() => {
    if (Math.abs(target.clientWidth - width) > 1) {
      again();
    }
  });
  const themed = new MutationObserver(again);
  const dark = matchMedia("(prefers-color-scheme: dark)");
  again();
  resized.observe(target);
  themed.observe(document.documentElement, { attributeFilter: ["data-theme"] });
  dark.addEventListener("change", again);
  return () => {
    resized.disconnect();
    themed.disconnect();
    dark.removeEventListener("change", again);
    plot?.destroy();
  };
}

function options(target: HTMLElement, lines: Lines, width: number): uPlot.Options {
  const colour = colours(target);
  const axis: uPlot.Axis = {
    stroke: colour("--ink2"),
    grid: { stroke: colour("--grid"), width: 1 },
    ticks: { stroke: colour("--rule"), width: 1 },
    font: `12px ${getComputedStyle(target).fontFamily}`,
  };
  return {
    width,
    height: width < NARROW ? LOW : HEIGHT,
    tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), "UTC"),
    cursor: { drag: { x: false, y: false } },
    legend: { live: true },
    axes: [
      { ...axis, values: (_, ticks) => labels(ticks) },
      { ...axis, size: 60, values: (_, ticks) => ticks.map((tick) => lines.number(tick)) },
    ],
    scales: { x: { time: true } },
    series: [
      { label: lines.time, value: (_, seconds) => (seconds === null ? "–" : text(seconds)) },
      ...lines.series.map(({ label }, i) => ({
        label,
        stroke: colour(`--cat${i + 1}`),
        width: 2,
        spanGaps: false,
        points: { show: lines.times.length < 40 },
        value: (_: uPlot, value: number | null) => (value === null ? "–" : `${lines.number(value)} ${lines.unit}`),
      })),
    ],
  };
}

/** The colour that a property of the style sheet has here and now: a canvas knows no properties. */
function colours(target: HTMLElement): (name: string) => string {
  const probe = target.appendChild(document.createElement("span"));
  probe.hidden = true;
  return (name) => {
    probe.style.color = `var(${name})`;
    return getComputedStyle(probe).color;
  };
}

function text(seconds: number): string {
  const said = new Date(seconds * 1000).toISOString();
  return said.endsWith("T00:00:00.000Z") ? said.slice(0, 10) : said.slice(0, 16).replace("T", " ");
}

function labels(ticks: number[]): string[] {
  const all = ticks.map((tick) => new Date(tick * 1000).toISOString());
  if (all.length > 1 && all.every((said) => said.slice(8, 16) === "01T00:00")) {
    return all.map((said, i) => (said.slice(0, 4) === all[i - 1]?.slice(0, 4) ? said.slice(5, 7) : said.slice(0, 7)));
  }
  return all.map((said, i) => {
    const before = all[i - 1] ?? "";
    const hour = said.slice(11, 16);
    const day = said.slice(5, 10);
    if (said.slice(0, 4) !== before.slice(0, 4)) {
      return `${hour === "00:00" ? day : hour}\n${said.slice(0, 4)}${hour === "00:00" ? "" : `-${day}`}`;
    }
    return hour === "00:00" ? day : said.slice(0, 10) === before.slice(0, 10) ? hour : `${hour}\n${day}`;
  });
}
