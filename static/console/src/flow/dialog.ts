// Ask in a modal dialog; Esc and Cancel say no.
import { button, el, t } from "./page";

export function dialogBox(): HTMLDialogElement {
  return document.getElementById("flow-dialog") as HTMLDialogElement;
}

export function choose(
  heading: string, answers: [string, string][], ...content: Node[]
): Promise<string> {
  const dialog = dialogBox();
  return new Promise((resolve) => {
    const buttons = answers.map(([value, text], place) =>
      button(text, () => dialog.close(value), { class: `btn ${place === 0 ? "btn-primary" : "btn-outline-danger"}`, "data-answer": value }));
    dialog.replaceChildren(
      // The focus begins here: on a button below, the browser would scroll past what it is about.
      el("h2", { class: "h5", tabindex: -1, autofocus: true }, heading), ...content,
      el("div", { class: "flow-answers" }, ...buttons,
        button(t(answers.length ? "cancel" : "close"), () => dialog.close(""), { class: "btn btn-outline-secondary", "data-answer": "" })));
    dialog.returnValue = "";
    dialog.addEventListener("close", () => resolve(dialog.returnValue), { once: true });
    if (!dialog.open) dialog.showModal();
  });
}
