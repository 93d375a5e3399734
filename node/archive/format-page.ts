/** FORMAT.html: what an expert needs to check the record with tools of their own, in both languages. */
export const FORMAT_PAGE = `<!doctype html>
<html lang="fr">
<head>
<meta charset="utf-8">
<title>Format du dossier d’un acte · Format of the record of an act (relais-act/1)</title>
<style>
body { max-width: 820px; margin: 40px auto; padding: 0 24px; font: 16px/1.55 system-ui, sans-serif; color: #17191c; background: #fff }
code, pre { font-family: ui-monospace, monospace; font-size: 14px; background: #f1f2f4; border-radius: 5px; padding: 1px 4px }
pre { padding: 12px; overflow-x: auto }
td, th { text-align: left; vertical-align: top; padding: 4px 14px 4px 0 }
</style>
</head>
<body>
<h1>Format du dossier d’un acte</h1>
<p>Ce dossier se vérifie sans aucun logiciel de l’éditeur. <code>verifier.html</code> fait tous les calculs ci-dessous, hors réseau, par double clic ; cette page dit comment les refaire avec des outils ordinaires. <code>README.txt</code> donne des commandes toutes prêtes.</p>
<table>
<tr><th>Fichier</th><th>Contenu</th></tr>
<tr><td><code>MANIFEST.sha256</code></td><td>Une ligne par fichier : SHA-256 en hexadécimal, deux espaces, chemin. Tout fichier du dossier y est, sauf lui-même.</td></tr>
<tr><td><code>act.json</code></td><td>L’acte entier : versions de la demande, consentement, contrôle d’identité, chronologie, examens, envois, comptes rendus, conversation, avis, alertes, appels.</td></tr>
<tr><td><code>journal.json</code></td><td>Les inscriptions du journal qui concernent l’acte.</td></tr>
<tr><td><code>proof.json</code></td><td>Le point de contrôle signé, les clés, et le chemin de chaque inscription dans l’arbre.</td></tr>
<tr><td><code>journal.sqlite</code></td><td>Les mêmes inscriptions en tables SQLite ; la table <code>description</code> les explique.</td></tr>
<tr><td><code>index.pdf</code></td><td>L’index lisible (PDF/A).</td></tr>
<tr><td><code>reports/N.json</code></td><td>Les octets signés de la version N ; <code>reports/N.pdf</code>, sa forme imprimable.</td></tr>
</table>
<h2>Une inscription</h2>
<p><code>chained</code> est un texte JSON canonique (RFC 8785). Ses empreintes SHA-256 et SHA3-512 sont les champs <code>sha256</code> et <code>sha3-512</code>. Il contient <code>seq</code> (numéro sans trou), <code>at</code> (millisecondes UTC), <code>monotonic</code> et <code>boot</code> (horloge qui ne recule pas, et démarrage du programme), <code>site</code>, <code>type</code>, <code>ids</code>, <code>previous</code> (les deux empreintes de l’inscription précédente) et <code>body</code> (l’engagement).</p>
<p>L’engagement est SHA-256 et SHA3-512 des 32 octets du sel (<code>salt</code>, hexadécimal) suivis du texte <code>body</code> (UTF-8). Un corps détruit légalement est <code>null</code> : l’engagement reste, et la chaîne reste vérifiable.</p>
<h2>L’arbre et le point de contrôle</h2>
<p>Arbre de Merkle de la RFC 9162 §2.1 : feuille = SHA-256(00 ‖ SHA-256 de l’inscription (32 octets) ‖ SHA3-512 de l’inscription (64 octets)), nœud = SHA-256(01 ‖ gauche ‖ droite). La feuille n° <code>seq</code> − 1 et son chemin (<code>paths</code>) mènent à <code>root</code> de <code>checkpoint.text</code> pour un arbre de <code>size</code> feuilles (§2.1.3.2). <code>checkpoint.text</code> est signé en Ed25519 (RFC 8032) par <code>checkpoint.publicKey</code>. <code>keys</code> est la suite des clés : <code>log</code> est le SHA-256 de la première ; chacune des suivantes est signée par la précédente, sur le texte canonique <code>{"follows":…,"format":"relais-key/1","key":…,"log":…}</code> où <code>follows</code> est le SHA-256 de la précédente.</p>
<h2>Ce que le dossier ne prouve pas seul</h2>
<p>Que la clé est celle du nœud, et que la fin du journal n’a pas été coupée : c’est le rôle des témoins extérieurs, qui gardent des points de contrôle (dossier, lettre quotidienne, horodatage RFC 3161, autres nœuds).</p>
<hr>
<h1 lang="en">Format of the record of an act</h1>
<div lang="en">
<p>The record is checked without any software of its maker. <code>verifier.html</code> does all that follows, offline, by a double click; this page says how to do it again with ordinary tools. <code>README.txt</code> has commands ready to paste.</p>
<table>
<tr><th>File</th><th>Content</th></tr>
<tr><td><code>MANIFEST.sha256</code></td><td>A line for each file: SHA-256 in hexadecimal, two spaces, path. Every file of the folder but itself.</td></tr>
<tr><td><code>act.json</code></td><td>The whole act: versions of the request, consent, identity check, timeline, studies, transfers, reports, receipts, critical findings, conversation, notices, alerts, calls, technical incidents (of the act, and of the node while it was under way), access to the record.</td></tr>
<tr><td><code>journal.json</code></td><td>The entries of the journal about the act.</td></tr>
<tr><td><code>proof.json</code></td><td>The signed checkpoint, the keys, and the path of each entry in the tree.</td></tr>
<tr><td><code>journal.sqlite</code></td><td>The same entries as SQLite tables; the table <code>description</code> explains them.</td></tr>
<tr><td><code>index.pdf</code></td><td>The index to be read (PDF/A).</td></tr>
<tr><td><code>reports/N.json</code></td><td>The signed bytes of version N; <code>reports/N.pdf</code>, its printable form.</td></tr>
</table>
<h2>An entry</h2>
<p><code>chained</code> is canonical JSON text (RFC 8785). Its SHA-256 and SHA3-512 digests are the members <code>sha256</code> and <code>sha3-512</code>. It holds <code>seq</code> (gapless), <code>at</code> (UTC milliseconds), <code>monotonic</code> and <code>boot</code> (a clock that never goes back, and the run of the program), <code>site</code>, <code>type</code>, <code>ids</code>, <code>previous</code> (both digests of the entry before) and <code>body</code> (the commitment).</p>
<p>The commitment is SHA-256 and SHA3-512 of the salt's 32 bytes (<code>salt</code>, hexadecimal) followed by the text <code>body</code> (UTF-8). A body that was lawfully destroyed is <code>null</code>: its commitment stays, and the chain can still be checked.</p>
<h2>The tree and the checkpoint</h2>
<p>The Merkle tree of RFC 9162 §2.1: leaf = SHA-256(00 ‖ SHA-256 of the entry (32 bytes) ‖ SHA3-512 of the entry (64 bytes)), node = SHA-256(01 ‖ left ‖ right). Leaf number <code>seq</code> − 1 and its path (<code>paths</code>) lead to <code>root</code> of <code>checkpoint.text</code> for a tree of <code>size</code> leaves (§2.1.3.2). <code>checkpoint.text</code> is signed by Ed25519 (RFC 8032) with <code>checkpoint.publicKey</code>. <code>keys</code> is the succession of keys: <code>log</code> is the SHA-256 of the first; each later one is signed by the one before, over the canonical text <code>{"follows":…,"format":"relais-key/1","key":…,"log":…}</code> where <code>follows</code> is the SHA-256 of the one before.</p>
<h2>What the record alone does not prove</h2>
<p>That the key is the node's, and that the end of the journal was not cut off: that is what witnesses outside are for, who keep checkpoints (a folder, a daily letter, RFC 3161 time stamps, other nodes).</p>
</div>
</body>
</html>
`
