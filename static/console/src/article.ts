// The editor of an article: loaded by the desk only where a draft is written. The text area below
// it stays the truth for the form; what is typed is saved by itself, and who saved second is told.
import { Editor } from "@tiptap/core";
import { Image } from "@tiptap/extension-image";
import { Table, TableCell, TableHeader, TableRow } from "@tiptap/extension-table";
import StarterKit from "@tiptap/starter-kit";
import { Saver } from "./article_saver";

const OUR_FILE = /^\/knowledge\/files\/\d+\/$/;
// Widths are the page's matter: a style attribute is forbidden by our policy, and not kept anyway.
const PlainTable = Table.extend({ renderHTML: () => ["table", ["tbody", 0]] });

function mount(form: HTMLFormElement): void {
  const area = form.querySelector<HTMLTextAreaElement>("[data-editor]");
  const bar = form.querySelector<HTMLElement>("[data-toolbar]");
  if (!area || !bar) return;
  const place = document.createElement("div");
  area.before(place);
  let ready = false;
  let saver: Saver | null = null;
  const editor = new Editor({
    element: place,
    injectCSS: false,
    content: area.value,
    extensions: [
      StarterKit.configure({
        heading: { levels: [2, 3, 4] },
        link: { openOnClick: false, autolink: false, protocols: ["http", "https", "mailto", "tel"] },
      }),
      Image,
      PlainTable.configure({ resizable: false }),
      TableRow,
      TableHeader,
      TableCell,
    ],
    editorProps: {
      attributes: {
        class: "form-control article-body article-text",
        role: "textbox",
        "aria-multiline": "true",
        "aria-labelledby": "draft-body-label",
        "data-testid": "editor",
      },
      transformPastedHTML: onlyOurPictures,
      handlePaste: (_view, event) => takeFiles(event.clipboardData?.files),
      handleDrop: (_view, event) => takeFiles((event as DragEvent).dataTransfer?.files),
    },
    onUpdate: () => saver?.changed(),
    onTransaction: () => {
      if (ready) paint();
    },
  });

  function paint(): void {
    for (const button of bar!.querySelectorAll<HTMLButtonElement>("[data-is]")) {
      const [name = "", level] = (button.dataset["is"] ?? "").split(":");
      const isOn = editor.isActive(name, level ? { level: Number(level) } : {});
      button.setAttribute("aria-pressed", String(isOn));
    }
  }

  function takeFiles(files: FileList | undefined): boolean {
    const pictures = [...(files ?? [])].filter((file) => file.type.startsWith("image/"));
    for (const file of pictures) void upload(file);
    return pictures.length > 0;
  }

  async function upload(file: File): Promise<void> {
    const answer = await saver?.send(form.dataset["upload"] ?? "", { file }).catch(() => null);
    const said = (await answer?.json().catch(() => null)) as
      { url?: string; name?: string; is_image?: boolean; detail?: string } | null;
    if (answer?.ok && said?.url && said.is_image) {
      editor.chain().focus().setImage({ src: said.url, alt: said.name ?? "" }).run();
    } else saver?.say(said?.detail ?? "", "offline");
  }

  function link(button: HTMLButtonElement): void {
    const before = (editor.getAttributes("link")["href"] as string | undefined) ?? "https://";
    const href = window.prompt(button.dataset["ask"], before);
    if (href === null) return;
    const chain = editor.chain().focus().extendMarkRange("link");
    if (!href.trim() || href.trim() === "https://") chain.unsetLink().run();
    else chain.setLink({ href: href.trim() }).run();
  }

  const acts: Record<string, (button: HTMLButtonElement) => void> = {
    bold: () => editor.chain().focus().toggleBold().run(),
    italic: () => editor.chain().focus().toggleItalic().run(),
    heading: () => editor.chain().focus().toggleHeading({ level: 2 }).run(),
    subheading: () => editor.chain().focus().toggleHeading({ level: 3 }).run(),
    bullets: () => editor.chain().focus().toggleBulletList().run(),
    numbers: () => editor.chain().focus().toggleOrderedList().run(),
    quote: () => editor.chain().focus().toggleBlockquote().run(),
    table: () => editor.chain().focus().insertTable({ rows: 3, cols: 3, withHeaderRow: true }).run(),
    row: () => editor.chain().focus().addRowAfter().run(),
    column: () => editor.chain().focus().addColumnAfter().run(),
    untable: () => editor.chain().focus().deleteTable().run(),
    undo: () => editor.chain().focus().undo().run(),
    redo: () => editor.chain().focus().redo().run(),
    link,
    image: () => bar.querySelector<HTMLInputElement>("[data-picture]")?.click(),
  };
  bar.addEventListener("click", (event) => {
    const button = (event.target as Element).closest<HTMLButtonElement>("[data-do]");
    if (button) acts[button.dataset["do"] ?? ""]?.(button);
  });
  bar.querySelector<HTMLInputElement>("[data-picture]")?.addEventListener("change", (event) => {
    const input = event.target as HTMLInputElement;
    takeFiles(input.files ?? undefined);
    input.value = "";
  });
  // Only now: should the editor fail, the plain text area is still there to write in.
  saver = new Saver(form, () => {
    area.value = editor.getHTML();
  });
  area.hidden = true;
  bar.hidden = false;
  ready = true;
  saver.watch(() => editor.destroy());
  paint();
}

// A picture of another site would tell it who reads, and is not kept: leave it out at once.
function onlyOurPictures(html: string): string {
  // Word's styles are not kept; read as they are, each would be a breach of the page's policy.
  const plain = html.replace(/\sstyle\s*=\s*("[^"]*"|'[^']*')/gi, "");
  const page = new DOMParser().parseFromString(plain, "text/html");
  for (const picture of page.querySelectorAll("img")) {
    if (!OUR_FILE.test(picture.getAttribute("src") ?? "")) picture.remove();
  }
  return page.body.innerHTML;
}

Object.assign(window, { huawuArticle: mount });
