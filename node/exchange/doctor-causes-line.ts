import type { Language } from '../accounts/view.js'
import type { Peer } from '../peers/peer.js'

/** What is wrong, and what to do about it. */
export type Said = readonly [cause: string, remedy: string]
export type Words = (peer: Peer) => Readonly<Record<Language, Said>>

export const same =
  (fr: Said, en: Said): Words =>
  () => ({ fr, en })

/** Why the line does not come about: the port, then TLS. */
export const LINE = {
  failed: same(
    [
      'Le test lui-même n’a pas pu aller au bout.',
      'Recommencez ; si cela dure, lisez le journal technique de ce nœud.',
    ],
    ['The test itself could not be finished.', 'Try again; if it lasts, read this node’s technical log.'],
  ),
  'port-closed': ({ host, port }) => ({
    fr: [
      `La machine ${host} répond, mais rien n’écoute sur le port ${port}.`,
      'Vérifiez le port, et que le service DICOM du PACS est démarré.',
    ],
    en: [
      `The machine ${host} answers, but nothing listens on port ${port}.`,
      'Check the port, and that the PACS’s DICOM service runs.',
    ],
  }),
  'host-unknown': ({ host }) => ({
    fr: [`Le nom ${host} est inconnu d’ici.`, 'Vérifiez le nom, ou donnez l’adresse IP.'],
    en: [`The name ${host} is not known here.`, 'Check the name, or give the IP address.'],
  }),
  'not-reached': ({ host, port }) => ({
    fr: [
      `Aucune réponse de ${host}:${port} : un pare-feu jette sans doute les paquets.`,
      'Demandez l’ouverture du flux depuis ce nœud vers ce port.',
    ],
    en: [
      `No answer from ${host}:${port}: a firewall probably drops the packets.`,
      'Ask for the flow from this node to that port to be opened.',
    ],
  }),
  unreachable: ({ host }) => ({
    fr: [`Le réseau ne sait pas joindre ${host}.`, 'Vérifiez le VPN ou la route.'],
    en: [`The network cannot reach ${host}.`, 'Check the VPN or the route.'],
  }),
  'address-forbidden': ({ host }) => ({
    fr: [
      `${host} mène à une adresse que ce nœud n’appelle jamais (lui-même, adresse de lien local, métadonnées).`,
      'Donnez l’adresse du PACS sur le réseau ; vérifiez vers quoi mène son nom.',
    ],
    en: [
      `${host} leads to an address this node never calls (itself, link-local, metadata).`,
      'Give the PACS’s address on the network; check what its name leads to.',
    ],
  }),
  'tls-not-spoken': same(
    [
      'Ce pair est enregistré avec TLS, mais son port parle DICOM en clair.',
      'Donnez son port TLS (souvent 2762), ou enregistrez-le sans TLS si le réseau le permet.',
    ],
    [
      'This peer is registered with TLS, but its port speaks DICOM in the clear.',
      'Give its TLS port (often 2762), or register it without TLS where the network allows it.',
    ],
  ),
  'tls-not-answering': same(
    [
      'La connexion s’ouvre, puis la négociation TLS reste sans réponse.',
      'Vérifiez que ce port est bien celui de DICOM sur TLS, et qu’aucun équipement réseau n’intercepte le TLS.',
    ],
    [
      'The connection opens, then the TLS handshake is left unanswered.',
      'Check that this is the port of DICOM over TLS, and that no network device intercepts TLS.',
    ],
  ),
  'tls-versions': same(
    [
      'Aucune version ni suite TLS commune : ce nœud exige TLS 1.2 ou 1.3 avec ECDHE et AEAD (BCP 195).',
      'Faites activer TLS 1.2 ou 1.3 et le profil BCP 195 sur le PACS.',
    ],
    [
      'No TLS version or suite in common: this node demands TLS 1.2 or 1.3 with ECDHE and AEAD (BCP 195).',
      'Have TLS 1.2 or 1.3 and the BCP 195 profile switched on at the PACS.',
    ],
  ),
  'tls-failed': same(
    [
      'La négociation TLS a échoué.',
      'Comparez le détail technique avec le journal TLS du PACS à la même heure.',
    ],
    ['The TLS handshake failed.', 'Compare the technical detail with the PACS’s TLS log of the same time.'],
  ),
  'own-certificate-refused': same(
    [
      'Le PACS refuse le certificat de ce nœud.',
      'Faites-y enregistrer notre certificat (empreinte ci-dessous) ou l’autorité qui l’a signé.',
    ],
    [
      'The PACS refuses this node’s certificate.',
      'Have our certificate (fingerprint below), or the authority that signed it, registered there.',
    ],
  ),
  'certificate-missing': same(
    [
      'Le PACS n’a montré aucun certificat.',
      'Il doit en avoir un pour parler TLS : demandez-en l’installation.',
    ],
    ['The PACS showed no certificate.', 'It needs one to speak TLS: ask for it to be installed.'],
  ),
  'certificate-unknown': same(
    [
      'Le certificat du PACS n’est signé par aucune autorité connue ici.',
      'Déposez le certificat de son autorité dans le dossier des autorités, ou enregistrez son empreinte.',
    ],
    [
      'The PACS’s certificate is signed by no authority known here.',
      'Put its authority’s certificate into the folder of authorities, or register its fingerprint.',
    ],
  ),
  'certificate-expired': same(
    [
      'Le certificat du PACS est échu.',
      'Il doit être renouvelé ; s’il est épinglé, enregistrez la nouvelle empreinte comme suivante.',
    ],
    [
      'The PACS’s certificate has expired.',
      'It has to be renewed; where it is pinned, register the new fingerprint as the next one.',
    ],
  ),
  'certificate-not-yet-valid': same(
    [
      'Le certificat du PACS n’est pas encore valable.',
      'Vérifiez l’heure des deux machines, puis la date de début du certificat.',
    ],
    [
      'The PACS’s certificate is not valid yet.',
      'Check both machines’ clocks, then the certificate’s first day.',
    ],
  ),
  'certificate-revoked': same(
    [
      'Le certificat du PACS a été révoqué.',
      'Ne passez pas outre : demandez pourquoi, et un certificat nouveau.',
    ],
    ['The PACS’s certificate was revoked.', 'Do not go around it: ask why, and for a new certificate.'],
  ),
  'certificate-differs': same(
    [
      'Le PACS montre un autre certificat que celui enregistré ici.',
      'Faites confirmer l’empreinte par téléphone avant de l’enregistrer : quelqu’un peut se tenir entre les deux.',
    ],
    [
      'The PACS shows another certificate than the one registered here.',
      'Have the fingerprint confirmed by telephone before you register it: somebody may stand in between.',
    ],
  ),
  'certificate-name': ({ host }) => ({
    fr: [
      `Le certificat du PACS est établi pour un autre nom que ${host}.`,
      'Appelez-le par le nom du certificat, ou enregistrez son empreinte.',
    ],
    en: [
      `The PACS’s certificate is made out to another name than ${host}.`,
      'Call it by the certificate’s name, or register its fingerprint.',
    ],
  }),
} satisfies Record<string, Words>
