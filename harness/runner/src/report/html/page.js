"use strict";
(() => {
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const root = document.documentElement;

  /** An element; text is text, whatever stands in it. */
  const make = (name, properties = {}, ...children) => {
    const element = Object.assign(document.createElement(name), properties);
    element.append(...children);
    return element;
  };

  for (const element of all(".needs-program")) element.hidden = false;

  // Light and dark: the system's choice, until somebody chooses.
  const theme = document.querySelector(".theme");
  const remembered = (value) => {
    try {
      if (value) localStorage.setItem("pan-harness-theme", value);
      return localStorage.getItem("pan-harness-theme");
    } catch {
      return null;
    }
  };
  const isDark = () => (root.dataset.theme || (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")) === "dark";
  const choice = remembered();
  if (choice === "dark" || choice === "light") root.dataset.theme = choice;
  theme.addEventListener("click", () => {
    root.dataset.theme = isDark() ? "light" : "dark";
    remembered(root.dataset.theme);
  });

  // Blocks are unpacked when they are asked for, and once.
  const blocks = new Map();
  const block = (number) => {
    if (!blocks.has(number)) blocks.set(number, unpack(document.getElementById(`b${number}`).textContent));
    return blocks.get(number);
  };
  const octets = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
  const unpack = async (text) => {
    const stream = new Blob([octets(text)]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
    return JSON.parse(await new Response(stream).text());
  };
  /** The leaf of "BLOCK.PLACE", with its diagram when it has one. */
  const leafOf = async (reference) => {
    const [number, place] = reference.split(".").map(Number);
    const { r: leaves, p: pictures } = await block(number);
    const leaf = leaves[place];
    return { leaf, picture: leaf.p === null ? null : pictures[leaf.p] };
  };

  /** Octets as people read them: offset, hexadecimal, ASCII. */
  const dump = (bytes) => {
    const lines = [];
    for (let at = 0; at < bytes.length; at += 16) {
      const line = [...bytes.subarray(at, at + 16)];
      const hex = line.map((one) => one.toString(16).padStart(2, "0"));
      const halves = [hex.slice(0, 8).join(" "), hex.slice(8).join(" ")].join("  ").padEnd(49);
      const ascii = line.map((one) => (one > 31 && one < 127 ? String.fromCharCode(one) : ".")).join("");
      lines.push(`${at.toString(16).padStart(4, "0")}  ${halves} ${ascii}`);
    }
    return lines.join("\n");
  };

  /** What there is to know of a row of a diagram. */
  const fill = (pane, told, [fields, pdus, further, label]) => {
    const list = make("dl");
    for (const [name, value] of fields) list.append(make("dt", { textContent: name }), make("dd", { textContent: value }));
    pane.replaceChildren(make("button", { className: "close", type: "button", ariaLabel: "Close this pane", textContent: "×" }), make("h3", { textContent: label }));
    if (told.length > label.length) pane.append(make("p", { className: "accusation", textContent: told.slice(label.length + 2) }));
    pane.append(list);
    for (const [name, text, length, token] of pdus) {
      const bytes = octets(text);
      const left = length - token - bytes.length;
      const words = [`${name}: ${length} octets`];
      if (left > 0) words.push(`the first ${bytes.length} are shown`);
      if (token > 0) words.push(`a token of ${token} is withheld`);
      pane.append(make("h4", { textContent: words.join("; ") }), make("pre", { textContent: dump(bytes), tabIndex: 0 }));
    }
    if (further > 0) pane.append(make("p", { textContent: `${further} further PDUs are in the trace.` }));
  };

  /** Makes the rows of a diagram answer to the pointer and to keys. */
  const enliven = (figure, details) => {
    const rows = all(".row", figure);
    const pane = make("aside", { className: "pane", ariaLabel: "The chosen call" });
    pane.setAttribute("aria-live", "polite");
    let chosen = null;
    figure.classList.add("live");
    const name = (row) => row.querySelector("title").textContent;
    const show = (row) => {
      if (!pane.isConnected) {
        figure.append(pane);
        figure.classList.add("with-pane");
      }
      fill(pane, name(row), details[Number(row.dataset.i)]);
    };
    const choose = (row) => {
      chosen?.classList.remove("chosen");
      chosen = row;
      if (row) {
        row.classList.add("chosen");
        show(row);
      } else {
        pane.remove();
        figure.classList.remove("with-pane");
      }
    };
    const focus = (row) => {
      for (const other of rows) other.setAttribute("tabindex", "-1");
      row.setAttribute("tabindex", "0");
      row.focus();
    };
    rows.forEach((row, index) => {
      row.setAttribute("role", "button");
      row.setAttribute("aria-label", name(row));
      row.setAttribute("tabindex", index === 0 ? "0" : "-1");
      row.addEventListener("pointerenter", (event) => {
        if (!chosen && event.pointerType === "mouse" && pane.isConnected) show(row);
      });
      row.addEventListener("click", () => {
        const again = row === chosen;
        focus(row);
        choose(again ? null : row);
      });
      row.addEventListener("focus", () => {
        if (chosen && chosen !== row) choose(row);
      });
      row.addEventListener("keydown", (event) => {
        const next = { ArrowDown: index + 1, ArrowUp: index - 1, Home: 0, End: rows.length - 1 }[event.key];
        if (event.key === "Enter" || event.key === " ") {
          choose(row);
        } else if (event.key === "Escape" && chosen) {
          choose(null);
        } else if (next !== undefined && rows[next]) {
          focus(rows[next]);
        } else {
          return;
        }
        event.preventDefault();
        event.stopPropagation();
      });
    });
    pane.addEventListener("click", (event) => {
      if (event.target.classList.contains("close")) {
        const row = chosen;
        choose(null);
        row?.focus();
      }
    });
    const accused = rows.find((row) => row.classList.contains("bad"));
    return { accused, choose };
  };

  // The diagrams that stand in the page come alive when somebody first touches them.
  for (const figure of all("figure[data-r]")) {
    const wake = async (event) => {
      if (figure.dataset.awake) return;
      figure.dataset.awake = "yes";
      const { picture } = await leafOf(figure.dataset.r);
      if (!picture) return;
      enliven(figure, picture.d);
      event.target.closest?.(".row")?.dispatchEvent(new MouseEvent("click"));
    };
    figure.addEventListener("click", wake);
    figure.addEventListener("focusin", wake);
  }

  // A scenario opens over the page.
  const dialog = document.getElementById("leaf");
  const cells = all(".matrix .c");
  let open = -1;
  const visible = (cell) => cell.offsetParent !== null;
  const step = (by) => {
    for (let at = open + by; at >= 0 && at < cells.length; at += by) {
      if (visible(cells[at])) return void reveal(at);
    }
  };
  const reveal = async (at) => {
    open = at;
    const reference = cells[at].dataset.r;
    let found;
    try {
      found = await leafOf(reference);
    } catch (error) {
      found = { leaf: { i: "This scenario can't be shown", t: `This browser can't unpack it: ${error.message}`, v: "error", w: "", h: "", p: null }, picture: null };
    }
    const { leaf, picture } = found;
    const title = make("h2", { id: "leaf-title" }, make("span", { className: `tag ${leaf.v}`, textContent: leaf.v }), " ", make("span", { className: "id", textContent: leaf.i }));
    const buttons = [["‹", "Previous scenario", () => step(-1)], ["›", "Next scenario", () => step(1)], ["Close", "Close", () => dialog.close()]].map(([textContent, ariaLabel, onclick]) => make("button", { type: "button", textContent, ariaLabel, onclick }));
    const body = make("div", { className: "leaf" }, make("header", {}, title, ...buttons), make("p", { className: "title", textContent: `${leaf.t} (${leaf.w})` }));
    const facts = make("div");
    // Markup that the harness made; words from outside are escaped in it.
    facts.innerHTML = leaf.h;
    body.append(facts);
    let live = null;
    if (picture) {
      if (picture.w !== leaf.w) body.append(make("p", { className: "hint", textContent: `The diagram is that of ${picture.w}: this one looks alike but for times and octets.` }));
      const figure = make("figure");
      const scroll = make("div", { className: "scroll", tabIndex: 0, role: "region", ariaLabel: "Sequence diagram" });
      scroll.innerHTML = picture.s;
      figure.append(scroll);
      body.append(make("p", { className: "hint", textContent: "Choose an arrow for its call and octets; the arrow keys go from one to the next." }), figure);
      live = enliven(figure, picture.d);
    } else {
      const why = leaf.l ? "Its diagram was left out to keep this page small." : "There is no diagram of it.";
      body.append(make("p", { className: "hint", textContent: why }));
    }
    dialog.replaceChildren(body);
    if (!dialog.open) dialog.showModal();
    dialog.scrollTop = 0;
    buttons[2].focus({ preventScroll: true });
    if (live?.accused) live.choose(live.accused);
    history.replaceState(null, "", `#leaf-${reference}`);
  };
  dialog.addEventListener("close", () => {
    history.replaceState(null, "", "#scenarios");
    cells[open]?.focus();
  });
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) dialog.close();
  });
  cells.forEach((cell, at) => {
    cell.addEventListener("click", (event) => {
      event.preventDefault();
      reveal(at);
    });
  });
  const named = /^#leaf-(\d+\.\d+)$/.exec(location.hash);
  if (named) {
    const at = cells.findIndex((cell) => cell.dataset.r === named[1]);
    if (at >= 0) reveal(at);
  }

  // Search, filters and folders.
  const search = document.getElementById("search");
  const status = document.getElementById("status");
  const filters = all(".filters button");
  const fold = document.querySelector(".fold");
  const folders = all(".matrix tbody").map((body) => {
    const lines = all("tr:not(.folder)", body).map((row) => ({
      row,
      words: `${body.dataset.folder}/${row.querySelector("th").textContent} ${row.dataset.q}`.toLowerCase(),
      verdicts: row.dataset.v.split(" "),
    }));
    const name = body.querySelector(".name");
    const button = make("button", { type: "button" }, name.cloneNode(true));
    name.replaceWith(button);
    const folder = { body, lines, button, open: lines.some((line) => line.verdicts.some((one) => one !== "pass" && one !== "unsupported")) };
    button.addEventListener("click", () => {
      folder.open = !folder.open;
      apply();
    });
    return folder;
  });
  const total = folders.reduce((sum, folder) => sum + folder.lines.length, 0);
  if (total <= 40) for (const folder of folders) folder.open = true;
  const apply = () => {
    const wanted = filters.filter((one) => one.ariaPressed === "true").map((one) => one.dataset.filter);
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const searching = wanted.length > 0 || words.length > 0;
    let shown = 0;
    for (const { body, lines, button, open } of folders) {
      let here = 0;
      for (const { row, words: own, verdicts } of lines) {
        const fits = words.every((word) => own.includes(word)) && (!wanted.length || verdicts.some((one) => wanted.includes(one)));
        here += fits;
        row.classList.toggle("out", !fits || (!searching && !open));
      }
      shown += here;
      body.classList.toggle("out", here === 0);
      button.ariaExpanded = String(searching || open);
    }
    status.textContent = searching ? `${shown} of ${total} scenarios` : `${total} scenarios`;
    fold.ariaPressed = String(folders.every((folder) => folder.open));
  };
  if (search) {
    search.addEventListener("input", apply);
    for (const filter of filters) {
      filter.addEventListener("click", () => {
        filter.ariaPressed = String(filter.ariaPressed !== "true");
        apply();
      });
    }
    fold.addEventListener("click", () => {
      const opens = !folders.every((folder) => folder.open);
      for (const folder of folders) folder.open = opens;
      apply();
    });
    for (const tile of all(".tiles a")) {
      tile.addEventListener("click", () => {
        for (const filter of filters) filter.ariaPressed = String(filter.dataset.filter === tile.dataset.filter);
        apply();
      });
    }
    apply();
  }

  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest?.("input");
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (dialog.open) {
      if (event.key === "ArrowRight" || event.key === "j") step(1);
      if (event.key === "ArrowLeft" || event.key === "k") step(-1);
    } else if (event.key === "/" && !typing && search) {
      event.preventDefault();
      search.focus();
    } else if (event.key === "Escape" && typing) {
      search.value = "";
      apply();
    }
  });
})();
