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
  // Where a search is to be shown at once, its place is kept free from the first moment.
  if (new URLSearchParams(location.search).get('q')) page.dataset.query = '';

  addEventListener('DOMContentLoaded', () => {
    const main = document.querySelector('main');
    for (const part of document.querySelectorAll('[data-js]')) part.hidden = false;

    const switchTheme = () => {
      const dark = page.dataset.theme ? page.dataset.theme === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches;
      page.dataset.theme = dark ? 'light' : 'dark';
      kept.set('theme', page.dataset.theme);
    };
    document.querySelector('.mode').onclick = switchTheme;

    // The search stands in a dialog, or on its own page; its script is loaded when it is first wanted.
    const box = document.querySelector('#search'), dialog = document.querySelector('.finder'), opener = document.querySelector('.find');
    let script;
    const loadSearch = () => {
      if (script) return;
      script = document.createElement('script');
      script.src = new URL('assets/search.js', root).href;
      document.head.append(script);
    };
    const openSearch = () => {
      loadSearch();
      document.querySelector('.help[open]')?.close();
      if (dialog && !dialog.open) dialog.showModal();
      box.focus();
      box.select();
    };
    const closeSearch = () => {
      box.value = '';
      box.dispatchEvent(new Event('input'));
      dialog?.close();
      main.focus({ preventScroll: true });
    };
    opener.onclick = openSearch;
    opener.onpointerenter = opener.onfocus = loadSearch;
    const outside = (over, close) => { if (over) over.onclick = (event) => { if (event.target === over) close(); }; };
    outside(dialog, closeSearch);
    if (!dialog && location.search) loadSearch();

    // The list of keys; the browser closes it by Escape and gives the focus back.
    const help = document.querySelector('.help');
    const switchHelp = () => {
      if (!help || help.open) { help?.close(); return; }
      help.showModal();
      help.querySelector('.go')?.focus();
    };
    outside(help, switchHelp);
    for (const button of document.querySelectorAll('.help .go, [data-help]')) button.onclick = switchHelp;
    box.onfocus = loadSearch;

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
      if (key === '?') { switchHelp(); return true; }
      if (help?.open) return false;
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
      const inSearch = event.target.closest?.('search');
      const plain = !event.ctrlKey && !event.metaKey && !event.altKey;
      if ((event.key === '/' && plain && !typing) || (event.key.toLowerCase() === 'k' && (event.ctrlKey || event.metaKey))) {
        event.preventDefault();
        openSearch();
      } else if (event.key === 'Escape' && inSearch && !event.isComposing) {
        event.preventDefault();
        closeSearch();
      } else if (/^Arrow(Up|Down)$/.test(event.key) && inSearch && event.target.matches('#search, #hits a')) {
        const stops = [box, ...document.querySelectorAll('#hits a')], at = stops.indexOf(event.target);
        stops[(at + (event.key === 'ArrowDown' ? 1 : -1) + stops.length) % stops.length].focus();
        event.preventDefault();
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
      const choices = document.querySelectorAll('[data-keys]');
      const showChoice = () => { for (const keys of choices) keys.checked = kept.get('keys') !== 'off'; };
      showChoice();
      for (const keys of choices) keys.onchange = () => { kept.set('keys', keys.checked ? 'on' : 'off'); showChoice(); };
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
