// Full-text search; loaded when somebody first searches. It follows the rules of src/search/, and tests hold the two together.
// The index comes as scripts, because file:// allows no other requests.
'use strict';
(() => {
  const root = new URL('../', document.currentScript.src);
  const KINDS = ['principle', 'counterparty', 'deal', 'note'];
  const PLURALS = ['principles', 'counterparties', 'deals', 'notes'];
  const OUTCOMES = ['won', 'partly', 'lost', 'open'];
  const WORTH = [4, 5, 6, 12, 13, 14, 24, 25, 26, 40, 41, 42];
  const MOST_ENDINGS = 12, MOST_ENDINGS_OF_TWO = 5, MOST_REPAIRS = 4, SHORTEST_REPAIRED = 4, LONGEST_WORD = 40, BEFORE = 8, SHOWN = 36;

  // Words: folded, then cut to their stems.
  const ALONE = '\\u3038-\\u303a\\u3040-\\u30ff\\u3192-\\u3195\\u3220-\\u3229\\u3280-\\u3289\\u3400-\\u4dbf\\u4e00-\\u9fff\\uf900-\\ufaff\\uff66-\\uff9f\\u{20000}-\\u{3ffff}';
  const SIGN = '[\\p{Alphabetic}\\p{N}\\p{M}]';
  const JOINED = `(?:(?![${ALONE}])${SIGN})+`;
  const WORD = new RegExp(`(?=${SIGN})[${ALONE}]|${JOINED}(?:['’]${JOINED})*`, 'gu');
  const SPELT = { ß: 'ss', æ: 'ae', œ: 'oe', ø: 'o', ł: 'l', đ: 'd', ð: 'd', þ: 'th', ı: 'i', ς: 'σ' };
  const fold = (word) => {
    const small = word.replace(/['’][sS]$/, '').normalize('NFKD').toLowerCase();
    const plain = small.replace(/[\u0300-\u036f]/g, '').replace(/[ßæœøłđðþıς]/g, (letter) => SPELT[letter]);
    return [...plain.replace(/[^\p{Alphabetic}\p{N}]/gu, '')].slice(0, LONGEST_WORD).join('');
  };
  const scan = (text) => {
    const found = [];
    for (const { 0: word, index } of text.matchAll(WORD)) {
      const form = fold(word);
      if (form) found.push({ start: index, end: index + word.length, form });
    }
    return found;
  };
  const formsOf = (text) => scan(text).map((word) => word.form);

  // The Snowball stemmer for English.
  const WHOLE = {
    skis: 'ski', skies: 'sky', idly: 'idl', gently: 'gentl', ugly: 'ugli', early: 'earli', only: 'onli', singly: 'singl',
    andes: 'andes', atlas: 'atlas', bias: 'bias', cosmos: 'cosmos', howe: 'howe', news: 'news', sky: 'sky',
  };
  const STEP_2 = {
    tional: 'tion', enci: 'ence', anci: 'ance', abli: 'able', entli: 'ent', izer: 'ize', ization: 'ize', ational: 'ate', ation: 'ate',
    ator: 'ate', alism: 'al', aliti: 'al', alli: 'al', fulness: 'ful', fulli: 'ful', ousli: 'ous', ousness: 'ous', iveness: 'ive',
    iviti: 'ive', biliti: 'ble', bli: 'ble', ogist: 'og', ogi: 'og', lessli: 'less', li: '',
  };
  const STEP_3 = { tional: 'tion', ational: 'ate', alize: 'al', icate: 'ic', iciti: 'ic', ical: 'ic', ful: '', ness: '', ative: '' };
  const STEP_4 = /(?:ic|ance|ence|able|ible|ate|ive|ize|iti|al|ism|ion|er|ous|ant|ent|ment|ement)$/;
  const endings = (steps) => new RegExp(`(?:${Object.keys(steps).join('|')})$`);
  const ENDS_2 = endings(STEP_2), ENDS_3 = endings(STEP_3);
  const isShort = (word) => /[^aeiouy][aeiouy][^aeiouywxY]$|^[aeiouy][^aeiouy]$|past$/.test(word);
  const region = (word, from) => {
    const at = word.slice(from).search(/[aeiouy][^aeiouy]/);
    return at < 0 ? word.length : from + at + 2;
  };
  const cutPast = (word) => {
    const [, stem, ending] = /^(.*?)(eedly|ingly|edly|eed|ing|ed)$/.exec(word) ?? [];
    if (stem === undefined) return word;
    if (ending.startsWith('eed')) return null;
    if (ending === 'ing') {
      if (/^[^aeiouy]y$/.test(stem)) return `${stem[0]}ie`;
      if (/^(?:even|cann|inn|earr|herr|out)$/.test(stem)) return word;
    }
    if (!/[aeiouy]/.test(stem)) return word;
    if (/(?:at|bl|iz)$/.test(stem)) return `${stem}e`;
    if (/(?:bb|dd|ff|gg|mm|nn|pp|rr|tt)$/.test(stem)) return /^[aeo]..$/.test(stem) ? stem : stem.slice(0, -1);
    return undefined;
  };
  const stemEnglish = (form) => {
    if (Object.hasOwn(WHOLE, form)) return WHOLE[form];
    let word = form.replace(/^y/, 'Y').replace(/([aeiouy])y/g, '$1Y');
    const known = /^(?:arsen|commun|emerg|gener|inter|later|organ|past|univers)/.exec(word);
    const p1 = known ? known[0].length : region(word, 0), p2 = region(word, p1);
    const cut = (count, added = '') => { word = word.slice(0, word.length - count) + added; };
    if (word.endsWith('sses')) cut(2);
    else if (/ie[ds]$/.test(word)) cut(word.length > 4 ? 2 : 1);
    else if (/[aeiouy].+s$/.test(word) && !/[us]s$/.test(word)) cut(1);
    const past = cutPast(word);
    if (past === null) {
      const at = word.search(/eed(?:ly)?$/);
      if (at >= p1 && !/^(?:succ|proc|exc)$/.test(word.slice(0, at))) word = `${word.slice(0, at)}ee`;
    } else if (past === undefined) {
      word = word.replace(/(?:eedly|ingly|edly|eed|ing|ed)$/, '');
      if (word.length === p1 && isShort(word)) word += 'e';
    } else word = past;
    if (/.[^aeiouy][yY]$/.test(word)) cut(1, 'i');
    const end2 = ENDS_2.exec(word);
    if (end2 && end2.index >= p1) {
      const before = word[end2.index - 1] ?? '';
      const fits = end2[0] === 'li' ? 'cdeghkmnrt'.includes(before) && before : end2[0] !== 'ogi' || before === 'l';
      if (fits) cut(end2[0].length, STEP_2[end2[0]]);
    }
    const end3 = ENDS_3.exec(word);
    if (end3 && end3.index >= p1 && (end3[0] !== 'ative' || end3.index >= p2)) cut(end3[0].length, STEP_3[end3[0]]);
    const end4 = STEP_4.exec(word);
    if (end4 && end4.index >= p2 && (end4[0] !== 'ion' || /[st]ion$/.test(word))) cut(end4[0].length);
    const last = word.length - 1;
    if (word.endsWith('e')) {
      if (last >= p2 || (last >= p1 && !isShort(word.slice(0, -1)))) cut(1);
    } else if (word.endsWith('ll') && last >= p2) cut(1);
    return word.replaceAll('Y', 'y');
  };
  const stems = new Map();
  const stemOf = (form) => {
    let stem = stems.get(form);
    if (stem === undefined) stems.set(form, stem = /^[a-z]{3,}$/.test(form) ? stemEnglish(form) : form);
    return stem;
  };

  // Queries.
  const QUOTES = /["“”„]/;
  const parse = (text) => {
    const query = { words: [], phrases: [], filters: { kind: [], outcome: [], year: [], counterparty: [], principle: [] } };
    const add = (forms, isOpen, isExact) => {
      forms.forEach((form, index) => query.words.push({ form, isOpen: isOpen && index === forms.length - 1, isExact }));
    };
    const untilQuote = (inner) => {
      const end = inner.search(QUOTES);
      return end < 0 ? [inner, '', false] : [inner.slice(0, end), inner.slice(end + 1), true];
    };
    let rest = text;
    while ((rest = rest.replace(/^\p{White_Space}+/u, ''))) {
      if (QUOTES.test(rest[0])) {
        const [inner, after, isClosed] = untilQuote(rest.slice(1));
        const forms = formsOf(inner), isOpen = !isClosed && !/\p{White_Space}$/u.test(inner);
        add(forms, isOpen, true);
        if (forms.length) query.phrases.push({ forms, isOpen });
        rest = after;
        continue;
      }
      const named = /^(kind|outcome|year|counterparty|principle):/i.exec(rest);
      if (named) {
        const key = named[1].toLowerCase();
        let value = rest.slice(named[0].length);
        if (QUOTES.test(value[0] ?? '')) [value, rest] = untilQuote(value.slice(1));
        else {
          [value] = /^\P{White_Space}*/u.exec(value);
          rest = rest.slice(named[0].length + value.length);
        }
        const forms = formsOf(value);
        if (forms.length) query.filters[key].push(meaning[key](forms));
        continue;
      }
      const end = rest.slice(1).search(/[\p{White_Space}"“”„]/u);
      const plain = end < 0 ? rest : rest.slice(0, end + 1);
      rest = rest.slice(plain.length);
      add(formsOf(plain), !rest, false);
    }
    query.isEmpty = !query.words.length && Object.values(query.filters).every((values) => !values.length);
    return query;
  };
  const meaning = {
    kind: ([word]) => KINDS.findIndex((kind, index) => kind.startsWith(word) || PLURALS[index].startsWith(word)),
    outcome: ([word]) => OUTCOMES.findIndex((outcome) => outcome.startsWith(word)),
    year: (forms) => {
      const ends = forms.slice(0, 2).map((form) => /^[0-9]{1,5}$/.test(form) && form < 32768 ? Number(form) : NaN);
      return [ends[0], ends[1] ?? ends[0]];
    },
    counterparty: (forms) => forms,
    principle: (forms) => forms,
  };

  // Scripts of the index. A site that was built anew meanwhile has others, then all are loaded again.
  let parts = new Map(), fresh = '';
  const arrivals = new Map();
  globalThis.leverbookSearch = (name, check, value) => arrivals.get(name)?.({ check, value });
  const load = (name) => {
    if (!parts.has(name)) {
      parts.set(name, new Promise((done, fail) => {
        const script = document.createElement('script');
        arrivals.set(name, done);
        script.src = new URL(`assets/${name}.js${fresh}`, root).href;
        script.onload = () => { script.remove(); fail(new Error(name)); };
        script.onerror = () => fail(new Error(name));
        document.head.append(script);
      }));
    }
    return parts.get(name);
  };
  const read = new WeakMap();
  const part = async (name, check, make) => {
    const loaded = await load(name);
    if (loaded.check !== check) throw new Error(`${name} is of another build`);
    if (!read.has(loaded)) read.set(loaded, make(loaded.value));
    return read.get(loaded);
  };

  const digit = (code) => code - (code > 92 ? 36 : 35);
  const numbers = (text) => {
    const found = [];
    for (let at = 0, value = 0, scale = 1; at < text.length; at++) {
      const step = digit(text.charCodeAt(at));
      value += step * scale;
      if (step < 61) { found.push(value); value = 0; scale = 1; } else scale *= 30;
    }
    return found;
  };
  const steps = (text) => { let next = 0; return numbers(text).map((step) => { const page = next + step; next = page + 1; return page; }); };
  const ready = async () => {
    const { value } = await load('search/head');
    if (!read.has(value)) read.set(value, head(value));
    return read.get(value);
  };
  const head = (value) => {
    const [principles, counterparties, deals, notes] = value.kinds;
    const count = principles + counterparties + deals + notes;
    const firsts = [0, principles, principles + counterparties, principles + counterparties + deals];
    const kind = new Uint8Array(count), outcome = new Int8Array(count).fill(-1), year = new Int32Array(count);
    firsts.forEach((first, number) => kind.fill(number, first));
    let page = firsts[3];
    const ends = numbers(value.outcomes);
    numbers(value.notes).forEach((size, deal) => {
      outcome[firsts[2] + deal] = ends[deal];
      outcome.fill(ends[deal], page, page + size);
      page += size;
    });
    let before = 0;
    numbers(value.years).forEach((twice, index) => {
      before += twice % 2 ? -(twice + 1) / 2 : twice / 2;
      year[firsts[2] + index] = before;
    });
    return { ...value, count, firsts, kind, outcome, year };
  };
  const dictionary = (head, number) => part(`search/words-${number}`, head.words, ([block, lines]) => {
    let before = '', place = 0;
    return lines.split('\n').slice(0, -1).map((line) => {
      let at = 0;
      if (line[0] === '!') { block++; place = 0; at = 1; }
      const rest = line.indexOf(' ', at), forms = line.indexOf(' ', rest + 1);
      const stem = [...before].slice(0, digit(line.charCodeAt(at))).join('') + line.slice(at + 1, rest);
      before = stem;
      return {
        stem, block, place: place++,
        pages: numbers(line.slice(rest + 1, forms))[0],
        forms: line.slice(forms + 1).split(',').map((form) => {
          const missing = /^[A-Z]/.test(form) ? form.charCodeAt(0) - 64 : 0;
          return missing ? [...stem].slice(0, -missing).join('') + form.slice(1) : stem + form;
        }),
      };
    });
  });
  const inDictionary = (head, text) => {
    let number = 0;
    while (number + 1 < head.dictionaries.length && head.dictionaries[number + 1] && head.dictionaries[number + 1] <= text) number++;
    return number;
  };
  const startingWith = async (head, start) => {
    const from = inDictionary(head, start), to = inDictionary(head, `${start}\uffff`);
    const numbers = Array.from({ length: to - from + 1 }, (_, index) => from + index);
    const all = await Promise.all(numbers.map((number) => dictionary(head, number)));
    return all.flat().filter((entry) => entry.stem.startsWith(start));
  };
  const postings = async (head, entry) => {
    const lists = await part(`search/pages-${entry.block}`, head.words, (text) => text.split(' '));
    let next = 0;
    return numbers(lists[entry.place]).map((step) => {
      const page = next + Math.floor(step / 12);
      next = page + 1;
      return { page, level: step % 12 };
    });
  };

  // Finding.
  const isOneAway = (left, right) => {
    let start = 0, tail = 0;
    const least = Math.min(left.length, right.length);
    while (start < least && left[start] === right[start]) start++;
    while (tail < least - start && left[left.length - 1 - tail] === right[right.length - 1 - tail]) tail++;
    const a = left.slice(start, left.length - tail), b = right.slice(start, right.length - tail);
    return (a.length < 2 && b.length < 2) || (a.length === 2 && b.length === 2 && a[0] === b[1] && a[1] === b[0]);
  };
  const isNear = (letters, form, isOpen) => {
    const other = [...form].slice(0, letters.length + 2);
    if (!isOpen) return isOneAway(letters, other);
    return [-1, 0, 1].some((more) => other.length >= letters.length + more && isOneAway(letters, other.slice(0, letters.length + more)));
  };
  const mostFrequent = (entries, limit) => entries.sort((left, right) => right.pages - left.pages).slice(0, limit);
  const choose = async (head, word) => {
    const letters = [...word.form], stem = stemOf(word.form);
    const own = (await dictionary(head, inDictionary(head, stem))).find((entry) => entry.stem === stem);
    const choices = own ? [[own, 4]] : [];
    if (word.isOpen && letters.length > 1) {
      const entries = await startingWith(head, letters.slice(0, 3).join(''));
      const others = entries.filter((entry) => entry.stem !== stem && entry.forms.some((form) => form.startsWith(word.form)));
      choices.push(...mostFrequent(others, letters.length === 2 ? MOST_ENDINGS_OF_TWO : MOST_ENDINGS).map((entry) => [entry, 2]));
    }
    if (!choices.length && !word.isExact && letters.length >= SHORTEST_REPAIRED) {
      const starts = [letters[0], letters[1] + letters[0], letters.slice(1, 4).join('')];
      const near = new Map();
      for (const entries of await Promise.all(starts.map((start) => startingWith(head, start)))) {
        for (const entry of entries) if (entry.forms.some((form) => isNear(letters, form, word.isOpen))) near.set(entry.stem, entry);
      }
      const ordered = [...near.values()].sort((left, right) => left.stem < right.stem ? -1 : 1);
      choices.push(...mostFrequent(ordered, MOST_REPAIRS).map((entry) => [entry, 1]));
    }
    return Promise.all(choices.map(async ([entry, weight]) => ({ entry, weight, postings: await postings(head, entry) })));
  };
  const rarity = (pages, of) => {
    let steps = 1;
    for (let reached = Math.max(pages, 1); reached < of; reached *= 1.25) steps++;
    return steps;
  };
  const named = async (head, forms, kind) => {
    let common;
    for (const form of forms) {
      const pages = new Set();
      for (const { postings } of await choose(head, { form, isOpen: true, isExact: false })) {
        for (const { page, level } of postings) if (level >= 6 && head.kind[page] === kind && (!common || common.has(page))) pages.add(page);
      }
      common = pages;
    }
    return [...common];
  };
  const narrow = async (head, admitted, names, kind, file) => {
    if (!names.length) return;
    const allowed = new Uint8Array(head.count);
    const lists = await part(file, head.words, (text) => text.split(' '));
    for (const forms of names) {
      for (const page of await named(head, forms, kind)) {
        for (const related of steps(lists[page - head.firsts[kind]])) allowed[related] = 1;
      }
    }
    admitted.forEach((_, page) => { admitted[page] &= allowed[page]; });
  };
  const find = async (query) => {
    const head = await ready();
    if (query.isEmpty) return { head, pages: [], stems: [] };
    const { kind, outcome, year, counterparty, principle } = query.filters;
    const scores = new Int32Array(head.count), matched = new Uint16Array(head.count), admitted = new Uint8Array(head.count);
    const chosen = await Promise.all(query.words.map((word) => choose(head, word)));
    for (const choices of chosen) {
      const best = new Int32Array(head.count);
      for (const { weight, postings } of choices) {
        for (const { page, level } of postings) best[page] = Math.max(best[page], weight * WORTH[level]);
      }
      const scale = rarity(Math.max(0, ...choices.map(({ entry }) => entry.pages)), head.count);
      best.forEach((score, page) => { if (score) { scores[page] += score * scale; matched[page]++; } });
    }
    admitted.forEach((_, page) => {
      admitted[page] = (!kind.length || kind.includes(head.kind[page]))
        && (!outcome.length || (head.outcome[page] >= 0 && outcome.includes(head.outcome[page])))
        && (!year.length || (head.year[page] > 0 && year.some(([from, to]) => from <= head.year[page] && head.year[page] <= to)));
    });
    await narrow(head, admitted, counterparty, 1, 'search/counterparties');
    await narrow(head, admitted, principle, 0, 'search/principles');
    const pages = [];
    for (let page = 0; page < head.count; page++) if (admitted[page] && matched[page] === query.words.length) pages.push(page);
    pages.sort((left, right) => scores[right] - scores[left] || left - right);
    return { head, pages, stems: chosen.map((choices) => new Set(choices.map(({ entry }) => entry.stem))) };
  };

  // Hits with excerpts.
  const textOf = async (head, page) => {
    const rows = await part(`texts/${Math.floor(page / head.together)}`, head.pages, (rows) => rows);
    const [title, href, detail, text] = rows[page % head.together];
    return { page, title, href, detail, passages: text ? text.split('\n') : [] };
  };
  const phraseAt = (forms, phrase) => {
    const last = phrase.forms.length - 1;
    return forms.findIndex((_, start) => start + last < forms.length && phrase.forms.every((wanted, index) => {
      const form = forms[start + index];
      return form === wanted || (phrase.isOpen && index === last && form.startsWith(wanted));
    }));
  };
  const stands = (row, phrase) => [row.title, ...row.passages].some((text) => phraseAt(formsOf(text), phrase) >= 0);
  const excerptOf = (passages, stems, phrases) => {
    let most = -1, best = { text: '', marks: [] };
    for (const passage of passages) {
      const words = scan(passage), forms = words.map((word) => word.form);
      if (!words.length) continue;
      const seen = new Set(), marked = [];
      forms.forEach((form, place) => {
        const stem = stemOf(form), hits = stems.flatMap((stems, word) => stems.has(stem) ? [word] : []);
        hits.forEach((word) => seen.add(word));
        if (hits.length) marked.push(place);
      });
      let first = marked[0] ?? 0, found = seen.size;
      for (const phrase of phrases) {
        const at = phraseAt(forms, phrase);
        if (at >= 0) { found += stems.length + 1; first = at; }
      }
      if (found <= most) continue;
      most = found;
      const start = Math.max(first - BEFORE, 0), end = Math.min(start + SHOWN - 1, words.length - 1);
      const from = start ? words[start].start : 0, to = end === words.length - 1 ? passage.length : words[end].end;
      best = {
        text: passage.slice(from, to), isCut: from > 0, goesOn: to < passage.length,
        marks: marked.filter((place) => place >= start && place <= end).map((place) => [words[place].start - from, words[place].end - from]),
        place: marked.length ? passage.slice(words[first].start, words[Math.min(first + 5, words.length - 1)].end) : '',
      };
    }
    return best;
  };
  // Gives hits in batches; phrases are looked up in the texts, a few pages at a time.
  const PHRASE_PAGES = 16, MOST_PHRASE_PAGES = 48;
  const hitsOf = (query, found) => {
    let at = 0;
    return async (limit) => {
      const hits = [];
      const start = at, all = found.pages.length;
      const most = () => !query.phrases.length ? all : Math.min(all, start + (hits.length ? PHRASE_PAGES : MOST_PHRASE_PAGES));
      while (at < most() && hits.length < limit) {
        const batch = found.pages.slice(at, Math.min(most(), at + limit - hits.length));
        for (const row of await Promise.all(batch.map((page) => textOf(found.head, page)))) {
          if (hits.length === limit) break;
          at++;
          if (query.phrases.every((phrase) => stands(row, phrase))) {
            hits.push({ ...row, kind: found.head.kind[row.page], outcome: found.head.outcome[row.page], excerpt: excerptOf(row.passages, found.stems, query.phrases) });
          }
        }
      }
      return { hits, isAll: at >= found.pages.length };
    };
  };
  const search = async (text) => {
    const query = parse(text), found = await find(query);
    return { query, stems: found.stems, total: query.phrases.length ? undefined : found.pages.length, next: hitsOf(query, found) };
  };
  // If the site was built anew meanwhile, all is loaded again, once; a served page says so itself.
  const forget = () => {
    fresh = `?${Date.now()}`;
    parts = new Map();
  };
  addEventListener('leverbook:page', forget);
  const again = async (task) => {
    try {
      return await task();
    } catch {
      forget();
      return task();
    }
  };

  // What is shown.
  const box = document.querySelector('#search'), list = document.querySelector('#hits'), said = document.querySelector('#said');
  const words = said.dataset, page = document.documentElement;
  const LIMIT = Number(list.dataset.limit) || 10;
  const more = document.querySelector('#more'), all = document.querySelector('#all-hits');
  const element = (name, content, style) => {
    const made = document.createElement(name);
    if (style) made.className = style;
    made.append(...[content].flat());
    return made;
  };
  const marked = (text, marks) => {
    const pieces = [];
    let at = 0;
    for (const [start, end] of marks) {
      pieces.push(text.slice(at, start), element('mark', text.slice(start, end)));
      at = end;
    }
    return [...pieces, text.slice(at)];
  };
  const marksIn = (text, stems) => scan(text).filter(({ form }) => stems.some((set) => set.has(stemOf(form)))).map(({ start, end }) => [start, end]);
  const show = (hit, stems) => {
    const link = element('a', element('span', marked(hit.title, marksIn(hit.title, stems)), 'hit-title'));
    const kind = words[KINDS[hit.kind]] ?? KINDS[hit.kind];
    const small = element('small', hit.detail ? [`${kind} · `, ...marked(hit.detail, marksIn(hit.detail, stems))] : kind);
    if (hit.outcome >= 0) small.append(' ', element('span', words[OUTCOMES[hit.outcome]] ?? OUTCOMES[hit.outcome], `oc ${OUTCOMES[hit.outcome]}`));
    link.append(small);
    const { text, marks, isCut, goesOn, place } = hit.excerpt;
    if (text) link.append(element('span', [isCut ? '… ' : '', ...marked(text, marks), goesOn ? ' …' : ''], 'hit-text'));
    link.href = new URL(hit.href, root).href;
    if (place && hit.kind === 3) link.hash = `:~:text=${encodeURIComponent(place).replaceAll('-', '%2D')}`;
    link.dir = 'auto';
    return element('li', link);
  };
  let current = 0, latest = Promise.resolve(), result;
  const put = ({ hits, isAll }, isFirst) => {
    const items = hits.map((hit) => show(hit, result.stems));
    if (isFirst) list.replaceChildren(...items); else list.append(...items);
    const shown = list.childElementCount, isWhole = isAll || shown === result.total;
    const total = result.total ?? shown;
    const number = total.toLocaleString(page.lang || 'en');
    said.textContent = total === 1 && isWhole ? words.one : words.many.replace('%', result.total === undefined && !isWhole ? `${number}+` : number);
    if (more) more.hidden = isWhole;
  };
  const clear = () => {
    list.replaceChildren();
    said.textContent = '';
    if (more) more.hidden = true;
  };
  const run = async () => {
    const turn = ++current, text = box.value;
    page.toggleAttribute('data-query', !!text);
    if (all) all.href = new URL(`search.html?q=${encodeURIComponent(text)}`, root).href;
    reflect(text);
    // Keys may come in bursts; what is only passed through need not be looked for, nor its texts be fetched.
    await new Promise((done) => setTimeout(done, 12));
    if (turn !== current) return latest;
    try {
      const [found, first] = await again(async () => {
        const found = await search(text);
        return [found, turn === current && await found.next(LIMIT)];
      });
      if (turn !== current) return latest;
      result = found;
      if (found.query.isEmpty) clear(); else put(first, true);
    } catch {
      if (turn === current) { clear(); said.textContent = words.failed; }
    }
  };

  // Filters: a choice writes its word into the query, and a word in the query shows as the choice.
  const filters = [...document.querySelectorAll('[data-filter]')];
  const written = (key) => new RegExp(`(^|\\s)${key}:(?:["“”„]([^"“”„]*)["“”„]?|(\\S*))`, 'giu');
  const reflect = (text) => {
    for (const filter of filters) {
      const [found] = text.matchAll(written(filter.dataset.filter));
      filter.value = found?.[2] ?? found?.[3] ?? '';
    }
    if (filters.length) history.replaceState(null, '', text ? `?q=${encodeURIComponent(text)}` : location.pathname);
  };
  for (const filter of filters) {
    filter.onchange = () => {
      const { filter: key } = filter.dataset, value = /\s/u.test(filter.value) ? `"${filter.value}"` : filter.value;
      const rest = box.value.replace(written(key), '').trim();
      box.value = value ? `${rest} ${key}:${value} `.trimStart() : rest;
      latest = run();
    };
  }

  box.oninput = () => { latest = run(); };
  box.onkeydown = (event) => {
    if (event.key !== 'Enter' || event.isComposing) return;
    event.preventDefault();
    latest.then(() => list.querySelector('a')?.click());
  };
  if (more) more.onclick = async () => put(await result.next(LIMIT), false);
  if (filters.length && !box.value) box.value = new URLSearchParams(location.search).get('q') ?? '';
  globalThis.leverbookFinder = { search, scan, stemOf };
  if (box.value) latest = run(); else ready().catch(() => {});
})();
