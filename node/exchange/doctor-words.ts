import type { Language } from '../accounts/view.js'
import type { Peer } from '../peers/peer.js'
import type { PeerTestView } from '../peers/view.js'

type Step = PeerTestView['steps'][number]
type Words = (peer: Peer) => { fr: string; en: string }

/** What each failure means, and what to do, in the words of those who will do it. */
const CAUSES: Record<string, Words> = {
  'port-closed': ({ host, port }) => ({
    fr: `La machine ${host} répond, mais rien n’écoute sur le port ${port}. Vérifiez le port, et que le service DICOM du PACS est démarré.`,
    en: `The machine ${host} answers, but nothing listens on port ${port}. Check the port, and that the PACS’s DICOM service runs.`,
  }),
  'host-unknown': ({ host }) => ({
    fr: `Le nom ${host} est inconnu d’ici. Vérifiez le nom, ou donnez l’adresse IP.`,
    en: `The name ${host} is not known here. Check the name, or give the IP address.`,
  }),
  'not-reached': ({ host, port }) => ({
    fr: `Aucune réponse de ${host}:${port}. Un pare-feu jette sans doute les paquets : demandez l’ouverture du flux vers ce port.`,
    en: `No answer from ${host}:${port}. A firewall probably drops the packets: ask for this flow to be opened.`,
  }),
  unreachable: ({ host }) => ({
    fr: `Le réseau ne sait pas joindre ${host}. Vérifiez le VPN ou la route.`,
    en: `The network cannot reach ${host}. Check the VPN or the route.`,
  }),
  'called-ae-unknown': ({ aeTitles }) => ({
    fr: `Le PACS répond, mais ne s’appelle pas « ${aeTitles[0]} ». Demandez son AE title exact (majuscules comprises).`,
    en: `The PACS answers, but is not called “${aeTitles[0]}”. Ask for its exact AE title, capitals included.`,
  }),
  'calling-ae-unknown': ({ callUs }) => ({
    fr: `Le PACS ne nous connaît pas sous « ${callUs} ». Il faut y déclarer cet AE title avec notre adresse et notre port.`,
    en: `The PACS does not know us as “${callUs}”. This AE title must be registered there with our address and port.`,
  }),
  'peer-busy': () => ({
    fr: 'Le PACS est saturé pour l’instant. Réessayez dans quelques minutes.',
    en: 'The PACS is congested at the moment. Try again in a few minutes.',
  }),
  'peer-limit': () => ({
    fr: 'Le PACS n’accepte pas plus d’associations à la fois : réduisez le nombre d’associations de ce pair.',
    en: 'The PACS takes no more associations at once: lower this peer’s number of associations.',
  }),
  'sop-class-refused': () => ({
    fr: 'Le PACS accepte l’association mais pas ce service pour nous. Demandez le droit correspondant (écho, recherche).',
    en: 'The PACS accepts the association but not this service for us. Ask for the right (echo, query).',
  }),
  'find-refused': () => ({
    fr: 'L’écho passe, mais la recherche est refusée : il manque le droit de recherche (C-FIND) pour notre AE title.',
    en: 'Echo works, but the query is refused: our AE title lacks the right to query (C-FIND).',
  }),
  'not-answering': ({ host, port }) => ({
    fr: `${host}:${port} accepte la connexion puis se tait : ce n’est peut-être pas un service DICOM, ou il attend du TLS.`,
    en: `${host}:${port} takes the connection and then says nothing: perhaps no DICOM service, or it expects TLS.`,
  }),
  aborted: () => ({
    fr: 'Le PACS a coupé pendant la négociation : il attend peut-être du TLS, ou son journal en dit la raison.',
    en: 'The PACS cut off during negotiation: it may expect TLS, or its log tells the reason.',
  }),
}

const OTHER: Words = () => ({
  fr: 'Le PACS a refusé sans dire pourquoi. Son journal, à l’heure de ce test, en donne la raison.',
  en: 'The PACS refused without saying why. Its log, at the time of this test, tells the reason.',
})

/** What to do next; a sentence of relief when all steps passed. */
export function advice(failed: Step | undefined, peer: Peer, language: Language): string {
  if (failed === undefined)
    return language === 'fr' ? 'Tout répond. Rien à faire.' : 'Everything answers. Nothing to do.'
  return (CAUSES[failed.code] ?? OTHER)(peer)[language]
}

/** A mail to the people of the other side, ready to send: facts they can look up, and what is asked of them. */
export function letter(failed: Step, peer: Peer, language: Language): string {
  const facts = `${peer.callUs} → ${peer.aeTitles[0]} (${peer.host}:${peer.port}), ${failed.step}: ${failed.code}${failed.detail === '' ? '' : ` — ${failed.detail}`}`
  return language === 'fr'
    ? `Bonjour,\n\nNotre test de connexion DICOM vers votre PACS échoue :\n${facts}\n\n${advice(failed, peer, 'fr')}\n\nPouvez-vous vérifier de votre côté ? Notre AE title est ${peer.callUs}.\n\nMerci.`
    : `Hello,\n\nOur DICOM connection test to your PACS fails:\n${facts}\n\n${advice(failed, peer, 'en')}\n\nCould you check on your side? Our AE title is ${peer.callUs}.\n\nThank you.`
}
