// Keeps an open page up to date without loading it anew. Only `leverbook serve` adds this; no built site has it.
'use strict';
(() => {
  const own = document.currentScript.dataset;
  const home = new URL('./', document.currentScript.src);
  const at = (name, pairs) => `${new URL(name, home)}?${new URLSearchParams(pairs)}`;
  let { version, style } = own;
  let token = '', source = null, status = { errors: [], warnings: [] };

  // What a page shows at its edge and over itself stands outside of its body, and in a tree of its own that its style sheet does not reach.
  const host = document.documentElement.appendChild(document.createElement('leverbook-live'));
  const shadow = host.attachShadow({ mode: 'open' });
  const make = (name, properties, ...children) => {
    const element = Object.assign(document.createElement(name), properties);
    element.append(...children);
    return element;
  };
  const lost = make('p', { className: 'lost', hidden: true, textContent: 'The server has stopped. This page comes back by itself.' });
  lost.setAttribute('role', 'status');
  const over = make('section', { className: 'over', hidden: true, tabIndex: -1 });
  over.setAttribute('role', 'alert');
  const errors = make('button', { type: 'button', className: 'errors', hidden: true, onclick: () => unfold('errors') });
  const warnings = make('button', { type: 'button', className: 'warnings', hidden: true, onclick: () => unfold('warnings') });
  const edit = make('button', { type: 'button', className: 'edit', hidden: true, title: 'e', onclick: () => show(own.page, '') });
  shadow.append(make('link', { rel: 'stylesheet', href: new URL('live.css', home).href }), over, make('div', { className: 'edge' }, lost, errors, warnings, edit));

  // ---- Problems

  // Errors that were closed stay so, on the next page too, until they are other ones.
  const closed = {
    get: () => { try { return sessionStorage.getItem('leverbook-closed'); } catch { return null; } },
    set: (value) => { try { sessionStorage.setItem('leverbook-closed', value); } catch { /* a private window keeps nothing */ } },
  };
  let unfolded = '';
  const count = (number, noun) => `${number} ${noun}${number === 1 ? '' : 's'}`;
  const draw = () => {
    const list = unfolded ? status[unfolded] : [];
    over.hidden = !list.length;
    over.className = `over ${unfolded}`;
    errors.textContent = count(status.error_count, 'error');
    errors.hidden = !status.error_count || unfolded === 'errors';
    warnings.textContent = count(status.warning_count, 'warning');
    warnings.hidden = !status.warning_count || unfolded === 'warnings';
    if (!list.length) { over.replaceChildren(); return; }
    const close = make('button', { type: 'button', textContent: 'Close', title: 'Escape', onclick: fold });
    const title = make('h2', { textContent: (unfolded === 'errors' ? errors : warnings).textContent });
    over.replaceChildren(make('header', {}, title, close), ...list.map((problem) => {
      const text = make('pre', { textContent: problem.text });
      if (!problem.file) return make('article', {}, text);
      const place = `${problem.file}:${problem.line}:${problem.column}`;
      const link = make('a', { href: problem.href ?? '#', textContent: `Open ${place}` });
      if (!problem.href) link.onclick = (event) => { event.preventDefault(); command({ file: problem.file, line: problem.line }); };
      return make('article', {}, text, make('p', {}, link));
    }));
    const more = (unfolded === 'errors' ? status.error_count : status.warning_count) - list.length;
    if (more > 0) over.append(make('p', { textContent: `and ${more} more: leverbook check` }));
  };
  const unfold = (kind) => { unfolded = kind; draw(); over.focus(); };
  const fold = () => { if (unfolded === 'errors') closed.set(JSON.stringify(status.errors)); unfolded = ''; draw(); };
  const learn = (news) => {
    const before = JSON.stringify(status.errors), now = JSON.stringify(news.errors);
    status = news;
    if (!news.errors.length && before !== now) closed.set('');
    if (now !== before) unfolded = news.errors.length && now !== closed.get() ? 'errors' : unfolded === 'warnings' ? unfolded : '';
    if (unfolded === 'warnings' && !news.warnings.length) unfolded = '';
    draw();
  };

  // ---- From a page to its sources

  const command = (place) => fetch(new URL('open', home), { method: 'POST', body: JSON.stringify({ token, ...place }) })
    .then(async (answer) => { if (!answer.ok) say(await answer.text()); }, () => say('The server has stopped.'));
  const say = (text) => { lost.textContent = text; lost.hidden = false; setTimeout(connected, 6000); };
  const show = async (page, anchor) => {
    const answer = await fetch(at('source', { page, anchor }));
    if (!answer.ok) return;
    const { href } = await answer.json();
    if (href) location.assign(href); else command({ page, anchor });
  };
  let pointed = null;
  // The nearest thing around an element that says where it was written: an anchor of its own, or a link to a note.
  const claim = (element) => {
    let line = '';
    for (let around = element; around && around !== document.body && around.id !== 'main'; around = around.parentElement) {
      if (/^(L\d+|m_\d+)$/.test(around.id)) return [own.page, around.id];
      line ||= /:(\d+)$/.exec(around.querySelector('.num')?.firstChild?.data?.trim() ?? '')?.[1] ?? '';
      for (const link of [around, ...around.querySelectorAll('a[href]')]) {
        const href = link.getAttribute('href');
        if (!href) continue;
        if (/^#(L\d+|m_\d+)$/.test(href)) return [own.page, href.slice(1)];
        const url = new URL(link.href);
        if (url.origin === location.origin && url.pathname.startsWith('/notes/') && !url.pathname.endsWith('/index.html')) {
          return [decodeURIComponent(url.pathname.slice(1)), decodeURIComponent(url.hash.slice(1)) || (line && `L${line}`)];
        }
      }
    }
    return null;
  };
  addEventListener('pointerover', (event) => { pointed = event.target; }, { passive: true });
  addEventListener('keydown', (event) => {
    if (event.key === 'Escape' && unfolded) { fold(); return; }
    if (event.key !== 'e' || event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (event.target.closest?.('input:not([type="checkbox"], [type="radio"]), textarea, select, [contenteditable]')) return;
    try { if (localStorage.getItem('keys') === 'off') return; } catch { /* a private window keeps nothing */ }
    const inMain = (element) => element?.isConnected && element.closest?.('main') && element.id !== 'main' ? element : null;
    const place = claim(inMain(document.activeElement) ?? inMain(pointed)) ?? (source && [own.page, '']);
    if (place) { event.preventDefault(); show(...place); }
  });

  // ---- Another version of the page

  // Whether a fold was open when the page came; what differs from that is the reader's doing.
  const folds = new WeakMap();
  const note = (root) => { for (const fold of root.querySelectorAll('details')) if (!folds.has(fold)) folds.set(fold, fold.open); };
  const blocks = (root) => [...root.querySelectorAll('p, li, h1, h2, h3, h4, h5, h6, td, th, dt, dd, pre, blockquote, figcaption')]
    .filter((block) => !block.querySelector('p, li, td, pre, blockquote'));
  const words = (block) => block.textContent.replace(/\s+/g, ' ').trim();
  const tally = (root) => {
    const seen = new Map();
    for (const block of blocks(root)) { const text = words(block); seen.set(text, (seen.get(text) ?? 0) + 1); }
    return seen;
  };
  const outline = (seen) => {
    if (matchMedia('(prefers-reduced-motion: reduce)').matches) return;
    const colour = getComputedStyle(document.documentElement).getPropertyValue('--accent') || 'Highlight';
    let left = 40;
    for (const block of blocks(document.querySelector('main') ?? document.body)) {
      const text = words(block), number = seen.get(text) ?? 0;
      seen.set(text, number - 1);
      if (number > 0 || !text || left-- <= 0) continue;
      const line = { outline: `2px solid ${colour}`, outlineOffset: '4px' };
      block.animate([line, { ...line, offset: 0.7 }, { outline: '2px solid transparent', outlineOffset: '4px' }], { duration: 1000, id: 'leverbook-changed' });
    }
  };
  const morph = (html) => {
    const next = new DOMParser().parseFromString(html, 'text/html');
    const seen = tally(document.querySelector('main') ?? document.body);
    const controls = [...document.querySelectorAll('input, option')].map((control) =>
      ({ control, checked: control.checked, value: control.value, selected: control.selected, was: [control.defaultChecked, control.defaultValue, control.defaultSelected].join() }));
    Idiomorph.morph(document.body, [...next.body.childNodes], {
      morphStyle: 'innerHTML',
      callbacks: {
        beforeNodeMorphed: (old, now) => {
          if (old.nodeType !== Node.ELEMENT_NODE) return true;
          // A picture that was swapped stays the newer one.
          if (old.src?.includes?.('?v=') && old.src.split('?')[0] === now.src) now.setAttribute('src', old.getAttribute('src'));
          // What is typed into the search and what it has found belongs to the reader.
          return !old.matches('.finder, .full-search');
        },
        afterNodeMorphed: (old, now) => { if (old.localName === 'details') folds.set(old, now.open); },
        beforeAttributeUpdated: (name, element, kind) => {
          if (name === 'open' && element.localName === 'details') return folds.get(element) !== (kind === 'update');
          // The page's own script has shown what needs a script, and given stops to what it has put the focus on.
          if (name === 'hidden') return !element.matches('[data-js], [data-copy]');
          if (name === 'tabindex') return kind === 'update';
          return true;
        },
      },
    });
    for (const { control, checked, value, selected, was } of controls) {
      if (!control.isConnected || [control.defaultChecked, control.defaultValue, control.defaultSelected].join() !== was) continue;
      if (control.checked !== checked) control.checked = checked;
      if (control.localName === 'option' ? control.selected !== selected : control.value !== value) {
        if (control.localName === 'option') control.selected = selected; else if (control.type !== 'file') control.value = value;
      }
    }
    document.body.className = next.body.className;
    document.title = next.title;
    document.documentElement.lang = next.documentElement.lang;
    note(document);
    dispatchEvent(new Event('leverbook:page'));
    outline(seen);
  };

  // A style sheet is put beside its older self, which goes when the new one is there: no moment without style.
  const renew = (path, version) => {
    const isIt = (address) => { const url = new URL(address, location); return url.origin === location.origin && decodeURIComponent(url.pathname) === `/${path}`; };
    const fresh = (address) => { const url = new URL(address, location); url.search = `v=${version}`; return url.href; };
    if ([...document.querySelectorAll('script[src]')].some((script) => isIt(script.src))) { location.reload(); return; }
    for (const link of document.querySelectorAll('link[rel="stylesheet"]:not([data-old])')) {
      if (!isIt(link.href)) continue;
      const other = link.cloneNode();
      other.href = fresh(link.href);
      link.dataset.old = '';
      other.onload = () => link.remove();
      link.after(other);
    }
    for (const media of document.querySelectorAll('img[src], audio[src], video[src], source[src]')) {
      if (isIt(media.src)) media.src = fresh(media.src);
    }
  };

  // ---- The server's word

  let stream = null, waiting = 0;
  const connected = () => { if (stream?.readyState !== EventSource.CONNECTING) { lost.hidden = true; lost.textContent = 'The server has stopped. This page comes back by itself.'; } };
  const listen = () => {
    clearTimeout(waiting);
    // A browser keeps few connections to one server, so a page that nobody sees gives its own back.
    if (stream || document.visibilityState === 'hidden') return;
    stream = new EventSource(at('events', { page: own.page, version, style }));
    const on = (name, then) => stream.addEventListener(name, (event) => then(JSON.parse(event.data)));
    stream.onopen = connected;
    stream.onerror = () => {
      lost.hidden = false;
      if (stream?.readyState === EventSource.CLOSED) { leave(); waiting = setTimeout(listen, 500); }
    };
    on('hello', (news) => { token = news.token; });
    on('page', (news) => { version = news.version; morph(news.html); });
    on('status', learn);
    on('source', (news) => {
      source = news;
      edit.hidden = !news;
      if (news) edit.textContent = `Open ${news.file.split('/').pop()}`;
    });
    on('assets', (news) => { for (const [path, version] of Object.entries(news)) { if (path === 'assets/book.css') style = version; renew(path, version); } });
  };
  const leave = () => { stream?.close(); stream = null; };
  addEventListener('visibilitychange', () => { if (document.visibilityState === 'hidden') leave(); else listen(); });
  addEventListener('pagehide', leave);
  addEventListener('pageshow', listen);
  note(document);
  listen();
})();
