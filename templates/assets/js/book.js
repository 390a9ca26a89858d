// Makes pages handier; nothing on them depends on it. Scripts instead of requests for data, because file:// allows only those.
'use strict';
(() => {
  const page = document.documentElement;
  const root = new URL('../', document.currentScript.src);
  const kept = {
    get(key) { try { return localStorage.getItem(key); } catch { return null; } },
    set(key, value) { try { localStorage.setItem(key, value); } catch { /* a private window keeps nothing */ } },
  };
  const theme = kept.get('theme');
  if (theme === 'light' || theme === 'dark') page.dataset.theme = theme;

  // Names for the search: number 0 is always loaded, the others by the first letters of what is typed.
  const rows = new Map(), waiting = new Map();
  let shards = 0;
  globalThis.leverbookNames = (shard, count, names) => {
    if (shard === 0) shards = count;
    rows.set(shard, names.map(([title, kind, detail, href]) => ({ title, kind, detail, href, hay: `${title} ${kind} ${detail}`.toLowerCase() })));
  };
  const load = (shard) => {
    if (!waiting.has(shard)) {
      waiting.set(shard, new Promise((done) => {
        const script = document.createElement('script');
        script.src = new URL(`assets/names${shard ? `-${shard}` : ''}.js`, root).href;
        script.onload = script.onerror = done;
        document.head.append(script);
      }));
    }
    return waiting.get(shard);
  };
  const shardOf = (word) => [...word].slice(0, 3).reduce((sum, letter) => sum * 31 + letter.codePointAt(0), 7) % shards + 1;

  const find = async (text) => {
    const words = text.toLowerCase().split(/\s+/u).filter(Boolean);
    if (!words.length) return [];
    await load(0);
    const wanted = [0];
    if (shards) {
      const longest = words.flatMap((word) => word.split(/[^\p{L}\p{N}]+/u)).reduce((best, word) => word.length > best.length ? word : best, '');
      if ([...longest].length > 1) wanted.push(shardOf(longest));
    }
    await Promise.all(wanted.map(load));
    const rank = (row) => {
      const title = row.title.toLowerCase();
      return title.startsWith(words[0]) ? 0 : title.includes(words[0]) ? 1 : 2;
    };
    return wanted.flatMap((shard) => rows.get(shard) ?? [])
      .filter((row) => words.every((word) => row.hay.includes(word)))
      .map((row, index) => ({ row, index, rank: rank(row) }))
      .sort((left, right) => left.rank - right.rank || left.index - right.index)
      .slice(0, 12).map((found) => found.row);
  };

  addEventListener('DOMContentLoaded', () => {
    const main = document.querySelector('main');
    const box = document.querySelector('#search'), hits = document.querySelector('#hits'), said = document.querySelector('#said');
    for (const part of document.querySelectorAll('[data-js]')) part.hidden = false;

    const switchTheme = () => {
      const dark = page.dataset.theme ? page.dataset.theme === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches;
      page.dataset.theme = dark ? 'light' : 'dark';
      kept.set('theme', page.dataset.theme);
    };
    document.querySelector('.mode').onclick = switchTheme;

    const clear = () => { hits.replaceChildren(); said.textContent = ''; };
    box.onfocus = () => load(0);
    box.oninput = async () => {
      const text = box.value, found = await find(text);
      if (text !== box.value) return;
      hits.replaceChildren(...found.map((row) => {
        const item = document.createElement('li'), link = document.createElement('a'), small = document.createElement('small');
        link.href = new URL(row.href, root).href;
        link.dir = 'auto';
        link.textContent = row.title;
        small.textContent = row.detail ? `${row.kind} · ${row.detail}` : row.kind;
        link.append(small);
        item.append(link);
        return item;
      }));
      said.textContent = text.trim() ? (found.length === 1 ? '1 result' : `${found.length} results`) : '';
    };

    const places = { p: 'principles/index.html', d: 'deals/index.html', m: 'matrix.html', r: 'review.html' };
    let before = '';
    const step = (by) => {
      const quotes = [...document.querySelectorAll('.ev, .time > li')].filter((quote) => quote.offsetParent);
      if (!quotes.length) return;
      const at = quotes.indexOf(document.activeElement);
      const next = quotes[Math.min(Math.max(at + by, 0), quotes.length - 1)];
      next.tabIndex = -1;
      next.focus();
      next.scrollIntoView({ block: 'center' });
    };
    const single = (key) => {
      if (before === 'g' && places[key]) { before = ''; location.href = new URL(places[key], root).href; return true; }
      before = key === 'g' ? 'g' : '';
      if (key === 't') switchTheme();
      else if (key === 'j') step(1);
      else if (key === 'k') step(-1);
      else return false;
      return true;
    };
    addEventListener('keydown', (event) => {
      const typing = event.target.closest?.('input:not([type="checkbox"], [type="radio"]), textarea, select, [contenteditable]');
      const inSearch = event.target.closest?.('.find');
      const plain = !event.ctrlKey && !event.metaKey && !event.altKey;
      if ((event.key === '/' && plain && !typing) || (event.key.toLowerCase() === 'k' && (event.ctrlKey || event.metaKey))) {
        event.preventDefault();
        box.focus();
        box.select();
      } else if (event.key === 'Escape' && inSearch) {
        clear();
        box.value = '';
        main.focus({ preventScroll: true });
      } else if (/^Arrow(Up|Down)$/.test(event.key) && inSearch) {
        const stops = [box, ...hits.querySelectorAll('a')], at = stops.indexOf(event.target);
        stops[(at + (event.key === 'ArrowDown' ? 1 : -1) + stops.length) % stops.length].focus();
        event.preventDefault();
      } else if (event.key === 'Enter' && event.target === box) {
        hits.querySelector('a')?.click();
      } else if (plain && !typing && kept.get('keys') !== 'off' && single(event.key)) {
        event.preventDefault();
      }
    });

    const dress = () => {
      for (const tick of document.querySelectorAll('.todo input')) {
        // A tick is kept for its words, so that a new task does not inherit it.
        const key = `${location.pathname}#${tick.nextElementSibling.textContent}`;
        const ticked = kept.get(key);
        if (ticked) tick.checked = ticked === '1';
        tick.onchange = () => kept.set(key, tick.checked ? '1' : '0');
      }
      for (const keys of document.querySelectorAll('[data-keys]')) {
        keys.checked = kept.get('keys') !== 'off';
        keys.onchange = () => kept.set('keys', keys.checked ? 'on' : 'off');
      }
      if (navigator.clipboard) {
        for (const button of document.querySelectorAll('[data-copy]')) {
          button.hidden = false;
          button.onclick = () => navigator.clipboard.writeText(button.previousElementSibling.textContent).then(() => { button.firstChild.data = button.dataset.copy; });
        }
      }
    };
    dress();
    // A page that is kept up to date in place has new parts from time to time.
    addEventListener('leverbook:page', dress);
  });
})();
