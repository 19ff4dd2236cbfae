// Undo and redo. Pure: documents are never changed, so keeping the old ones is all it takes.
export interface History<T> { past: readonly T[]; present: T; future: readonly T[]; mark: string }

const MOST = 200;

export function begin<T>(present: T): History<T> {
  return { past: [], present, future: [], mark: "" };
}

// Changes with the same mark are one step: the letters of a text, the pixels of a move.
export function change<T>(history: History<T>, next: T, mark = ""): History<T> {
  if (next === history.present) return history;
  if (mark && mark === history.mark) return { ...history, present: next, future: [] };
  return { past: [...history.past, history.present].slice(-MOST), present: next, future: [], mark };
}

export function undo<T>(history: History<T>): History<T> {
  const before = history.past.at(-1);
  if (before === undefined) return history;
  return { past: history.past.slice(0, -1), present: before, future: [history.present, ...history.future], mark: "" };
}

export function redo<T>(history: History<T>): History<T> {
  const [next, ...rest] = history.future;
  if (next === undefined) return history;
  return { past: [...history.past, history.present], present: next, future: rest, mark: "" };
}
