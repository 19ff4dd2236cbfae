// Which rows are shown, and in which order. Pure.
import type { AgentRow, CallRow, QueueRow, Rows } from "./state";

export interface Filters {
  // Ids of the chosen department and those below it; empty for all.
  departments: ReadonlySet<number>;
  queue: string;
  search: string;
}

export interface Sorting {
  by: string;
  isDown: boolean;
}

export const everything: Filters = { departments: new Set(), queue: "", search: "" };

function has(text: string, search: string): boolean {
  return search === "" || text.toLowerCase().includes(search.toLowerCase());
}

function isIn(department: number | null, filters: Filters): boolean {
  return filters.departments.size === 0 || (department !== null && filters.departments.has(department));
}

export function showsQueue(row: QueueRow, filters: Filters): boolean {
  const isChosen = filters.queue === "" || row.number === filters.queue;
  return isChosen && isIn(row.department, filters) && has(`${row.number} ${row.name}`, filters.search);
}

export function showsAgent(row: AgentRow, filters: Filters): boolean {
  const serves = filters.queue === "" || row.queues.includes(filters.queue);
  return serves && isIn(row.department, filters) && has(`${row.number} ${row.name}`, filters.search);
}

// A call is of its queue's department, or of its agent's.
export function showsCall(row: CallRow, agent: AgentRow | undefined, rows: Rows, filters: Filters): boolean {
  if (filters.queue !== "" && row.queue !== filters.queue) return false;
  const department = rows.queues[row.queue]?.department ?? null;
  if (!isIn(department, filters) && !isIn(agent?.department ?? null, filters)) return false;
  return has(`${row.number} ${row.customer} ${agent?.number ?? ""} ${agent?.name ?? ""}`, filters.search);
}

const STATES = ["talking", "held", "ringing", "wrap_up", "ready", "resting", "paused", "unreachable", "signed_out"];

type Value = number | string | null;
type Ranked = object;

// What a row is sorted by; what is unknown comes last, whichever way.
function valueOf(row: Ranked, by: string): Value {
  const values = row as Record<string, unknown>;
  if (by === "state" && "phone" in row) return STATES.indexOf(String(values["state"]));
  if (by === "longest") return (values["longest_since"] as string | null) ?? null;
  if (by === "expected") return (values["expected_s"] as number | null) ?? null;
  if (by === "phone") return values["phone"] === null ? null : Number(values["phone"]);
  const staff = values["agents"] as Record<string, number> | undefined;
  const value = staff && by in staff ? staff[by] : values[by];
  return typeof value === "number" || typeof value === "string" ? value : null;
}

export function sorted<R extends Ranked>(rows: R[], sorting: Sorting): R[] {
  const sign = sorting.isDown ? -1 : 1;
  return rows
    .map((row, place) => ({ row, place, value: valueOf(row, sorting.by) }))
    .sort((one, other) => {
      if (one.value === null || other.value === null) {
        return Number(one.value === null) - Number(other.value === null) || one.place - other.place;
      }
      const both = typeof one.value === "number" && typeof other.value === "number";
      const order = both
        ? (one.value as number) - (other.value as number)
        : String(one.value).localeCompare(String(other.value), undefined, { numeric: true });
      return sign * order || one.place - other.place;
    })
    .map(({ row }) => row);
}
