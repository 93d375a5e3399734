import type { ActIndex } from './act.js'
import { ladderText } from './ladder-text.js'

/** Recomputes every digest of the folder with Python's standard library; prints what it checked. */
const CHECK = `python3 - <<'END'
import hashlib, json
def both(data): return hashlib.sha256(data).hexdigest(), hashlib.sha3_512(data).hexdigest()
journal = json.load(open('journal.json', encoding='utf-8'))
before = None
for entry in journal['entries']:
    text = entry['chained'].encode('utf-8')
    chained = json.loads(text)
    assert both(text) == (entry['sha256'], entry['sha3-512']), entry['seq']
    assert all(chained[key] == entry[key] for key in ('seq', 'at', 'type', 'ids')), entry['seq']
    assert chained['body'] == entry['commitment'], entry['seq']
    if entry['body'] is not None:
        data = bytes.fromhex(entry['salt']) + entry['body'].encode('utf-8')
        assert both(data) == (chained['body']['sha256'], chained['body']['sha3-512']), entry['seq']
    if before is not None and before['seq'] + 1 == entry['seq']:
        assert chained['previous']['sha256'] == before['sha256'], entry['seq']
    before = entry
act = json.load(open('act.json', encoding='utf-8'))
for report in act['reports']:
    assert both(open(report['files']['signed'], 'rb').read())[0] == report['digest'], report
    assert any(report['digest'] in (entry['body'] or '') for entry in journal['entries']), report
for paper in act['documents']:
    said = [entry for entry in journal['entries'] if entry['ids'].get('document') == paper['document']]
    assert any(entry['body'] is None or paper['sha256'] in entry['body'] for entry in said), paper
    if paper['file'] is not None: assert both(open(paper['file'], 'rb').read())[0] == paper['sha256'], paper
for message in act['conversation']:
    for sent in message['attachments']:
        said = [entry for entry in journal['entries'] if entry['ids'].get('message') == message['message']]
        assert any(entry['body'] is None or sent['sha256'] in entry['body'] for entry in said), sent
        if sent['file'] is not None: assert both(open(sent['file'], 'rb').read())[0] == sent['sha256'], sent
print(len(journal['entries']), 'journal entries and', len(act['reports']), 'signed versions fit')
END`

/** The page that goes with an exported record: what lies here, and how to check it without this program. */
export function readme({ reference, site, assembledAt, reports, alerts }: ActIndex): string {
  return `DOSSIER D'UN ACTE DE TÉLÉMÉDECINE / RECORD OF A TELEMEDICINE ACT
Référence / Reference : ${reference}
Site : ${site.name}
Établi le / Assembled at : ${assembledAt} (UTC)
Versions signées / Signed versions : ${reports.length}

=== FRANÇAIS ===

Ce dossier contient des données de santé : le conserver et le transmettre en conséquence.

act.json          Tout l'acte : la demande et ses versions, le consentement, le contrôle d'identité, la chronologie
                  (qui, rôle, site, quand, d'où), les examens (UID, nombre, empreinte de chaque instance), les envois
                  et leur résultat, les versions du compte rendu, la conversation, les accusés de réception, les avis,
                  les alertes avec leurs vagues et les appels (lisibles plus bas), les résultats critiques, les
                  incidents techniques, et qui l'a regardé.
journal.json      Les entrées du journal qui concernent l'acte, avec tout ce qu'il faut pour recalculer leurs empreintes.
reports/N.json    Les octets exacts qui ont été signés (JSON canonique, RFC 8785, UTF-8).
reports/N.pdf     Le document imprimable de la même version.
documents/N       La pièce jointe N de la demande, telle qu'elle a été envoyée ; act.json dit son nom.
attachments/M-N   Le fichier N du message M de la conversation, tel qu'il a été envoyé ; act.json dit son nom.
verifier.html     Vérifie tout le dossier hors réseau, par double clic ; FORMAT.html explique chaque fichier.
proof.json        Le point de contrôle signé du journal et la place de chaque entrée dans son arbre.
journal.sqlite    Les mêmes entrées en tables ; index.pdf : l'index lisible.
MANIFEST.sha256   L'empreinte SHA-256 de chaque fichier ci-dessus.

Vérifier, sans aucun logiciel de notre part (les commandes sont plus bas) :
1. Les fichiers : la commande A affiche « OK » ou « Réussi » pour chaque ligne.
2. Un compte rendu : l'empreinte SHA-256 de reports/N.json est le champ « digest » de cette version dans act.json,
   et la même empreinte figure dans l'entrée « report-signed » du journal (commande B).
3. Le journal : l'empreinte d'une entrée est celle du texte « chained » (SHA-256 et SHA3-512). Ce texte contient
   l'empreinte de l'entrée précédente et l'engagement sur le corps : SHA-256 et SHA3-512 des 32 octets du sel suivis
   du texte « body ». La commande C recalcule tout. Un corps détruit légalement laisse son engagement.
4. Une image : l'empreinte d'act.json porte sur le jeu de données, à partir de l'octet « datasetOffset » du fichier
   conservé par le nœud (commande D).
5. L'ensemble : le nœud a inscrit dans son journal, au moment de l'export (entrée « archive-exported »), l'empreinte
   SHA-256 du fichier MANIFEST.sha256. « head » dans journal.json est la dernière entrée du journal à cet instant.

Limite : sans témoin extérieur, personne ne peut prouver que la fin d'un journal n'a pas été coupée.

Qui a été prévenu, quand, comment, et qui a répondu (les heures sont en UTC) :
${ladderText(alerts)}

=== ENGLISH ===

This folder holds health data: keep and pass it on accordingly.

act.json          The whole act: the request and its versions, consent, identity check, the timeline (who, role, site,
                  when, from where), the studies (UIDs, counts, digest of each instance), transfers and their results,
                  the versions of the report, the conversation, receipts, critical findings, notices, alerts with their
                  waves and calls, technical incidents, and who looked at it.
journal.json      The journal's entries about the act, with all that is needed to recompute their digests.
reports/N.json    The exact bytes that were signed (canonical JSON, RFC 8785, UTF-8).
reports/N.pdf     The printable document of the same version.
documents/N       Attachment N of the request, as it was sent; act.json says its name.
attachments/M-N   File N of message M of the conversation, as it was sent; act.json says its name.
verifier.html     Checks the whole record offline, by a double click; FORMAT.html explains each file.
proof.json        The signed checkpoint of the journal, and the place of each entry in its tree.
journal.sqlite    The same entries as tables; index.pdf: the index to be read.
MANIFEST.sha256   The SHA-256 digest of every file above.

To check it without any software of ours (commands below):
1. The files: command A prints "OK" for each line.
2. A report: the SHA-256 digest of reports/N.json is the "digest" of that version in act.json, and the same digest
   stands in the journal's entry "report-signed" (command B).
3. The journal: an entry's digests are those of its text "chained" (SHA-256 and SHA3-512). That text holds the digests
   of the entry before it and the commitment to the body: SHA-256 and SHA3-512 of the salt's 32 bytes followed by the
   text "body". Command C recomputes all of it. A body that was lawfully destroyed leaves its commitment.
4. An image: the digest in act.json is of the data set, from byte "datasetOffset" of the file the node keeps (command D).
5. All of it: at the moment of the export the node wrote the SHA-256 of MANIFEST.sha256 into its journal (entry
   "archive-exported"). "head" in journal.json is the last entry of the journal at that moment.

Limit: without an outside witness nobody can prove that the end of a journal was not cut off.

=== COMMANDES / COMMANDS ===

A.
sha256sum -c MANIFEST.sha256

B.
sha256sum reports/1.json
grep -c "$(sha256sum reports/1.json | cut -d ' ' -f 1)" journal.json

C.
${CHECK}

D.
tail -c +$((datasetOffset + 1)) FILE.dcm | sha256sum
`
}
