"""Write a vault of realistic deal notes: benches/generate.py COUNT FOLDER

The same count gives the same bytes. A note has about 1.7 kB: front matter, two to four short paragraphs or lists in which
situations from the training passages stand between ordinary sentences, a link to another note of the deal, a tag.
"""

import random
import sys
from pathlib import Path

HERE = Path(__file__).parent
STAGES = ["prep", "first call", "proposal", "bargaining", "closing"]
OUTCOMES = ["won", "won", "lost", "partly", "open"]
STEMS = "Alder Brook Cedar Dale Elm Fenn Gorse Hazel Iris Juniper Kestrel Linden Moor North Oak Pine Quarry Rowan Sedge Thorn".split()
TRADES = "Freight Foods Clinics Steel Software Retail Energy Print Homes Labs Textiles Timber Motors Media Paper".split()
SUBJECTS = "renewal framework lease supply service licence tender hire rollout support".split()
FILLER = [
    "Sent the minutes to everybody and booked the small room for the next round.",
    "Their legal team returned the draft with comments on clauses 4, 9 and 17.",
    "We went through the list of open points; most of them are about dates of delivery.",
    "The sample order of 400 units arrived complete, two boxes slightly damaged.",
    "Prices in the table are net, freight included, valid for the sites named in annex B.",
    "Next call on Thursday at 10:00, they dial in from two offices.",
    "The technical questions are answered; the form for the new address is still missing.",
    "Asked for the usual documents: register extract, insurance, references of the last two years.",
    "Lunch was fine. We agreed to keep the protocol short this time.",
    "Internal: invoice address has changed, please use the new one from the first of the month.",
]


def situations():
    texts = []
    for path in sorted((HERE.parent / "training" / "passages").glob("*.tsv")):
        texts += [line.split("\t")[2] for line in path.read_text(encoding="utf-8").splitlines() if line.count("\t") == 2]
    return texts


def main(count, folder):
    rng = random.Random(20261124)
    passages = situations()
    folder = Path(folder)
    content = folder / "content"
    content.mkdir(parents=True, exist_ok=True)
    leverage = (HERE.parent / "content" / "leverage.md").read_text(encoding="utf-8")
    (content / "leverage.md").write_text(leverage, encoding="utf-8")
    per_deal, written, deal = 6, 0, 0
    while written < count:
        name = f"{rng.choice(STEMS)} {rng.choice(TRADES)} {rng.choice(SUBJECTS)} {deal}"
        party = f"{rng.choice(STEMS)} {rng.choice(TRADES)}"
        slug = name.lower().replace(" ", "-")
        year, outcome = rng.randint(2018, 2026), rng.choice(OUTCOMES)
        (content / "deals" / slug).mkdir(parents=True, exist_ok=True)
        before = None
        for step in range(min(per_deal, count - written)):
            date = f"{year}-{1 + 2 * step:02}-{rng.randint(1, 28):02}"
            stage = STAGES[min(step, 4)]
            head = [f'deal: "{name}"', f'counterparty: "{party}"', f"date: {date}", f"stage: {stage}"]
            if step == 0:
                head += ["role: buy", f"target: {rng.randint(40, 60)}000", f"reservation: {rng.randint(70, 90)}000"]
            if step == per_deal - 1 or written == count - 1:
                head.append(f"outcome: {outcome}")
            body = [f"# {stage.capitalize()} with {party}, {date}", ""]
            size = 0
            while size < 1300:
                sentences = [rng.choice(FILLER)] + [rng.choice(passages) for _ in range(rng.randint(1, 2))] + [rng.choice(FILLER)]
                if rng.random() < 0.3:
                    block = "\n".join(f"- {sentence}" for sentence in sentences)
                else:
                    block = " ".join(sentences)
                body += [block, ""]
                size += len(block)
            if before:
                body += [f"See [[{before}]] for the round before. #{rng.choice(TRADES).lower()}", ""]
            before = f"{date}-{stage.replace(' ', '-')}-{written}"
            text = "---\n" + "\n".join(head) + "\n---\n" + "\n".join(body)
            (content / "deals" / slug / f"{before}.md").write_text(text, encoding="utf-8")
            written += 1
        deal += 1


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
