import { same, type Words } from './doctor-causes-line.js'

/** Why the association, or what is asked on it, does not come about. */
export const DICOM = {
  'tls-expected': same(
    [
      'Ce pair est enregistré sans TLS, mais son port attend du TLS.',
      'Enregistrez-le avec TLS, ou donnez son port sans TLS.',
    ],
    [
      'This peer is registered without TLS, but its port expects TLS.',
      'Register it with TLS, or give its port without TLS.',
    ],
  ),
  'not-dicom': ({ host, port }) => ({
    fr: [
      `Ce qui répond sur ${host}:${port} ne parle pas DICOM.`,
      'Vérifiez le port : c’est peut-être celui d’une page web ou d’un autre service.',
    ],
    en: [
      `What answers on ${host}:${port} does not speak DICOM.`,
      'Check the port: perhaps it is that of a web page or another service.',
    ],
  }),
  'association-not-answering': ({ host, port }) => ({
    fr: [
      `${host}:${port} accepte la connexion, puis ne répond pas à la demande d’association.`,
      'Le service est peut-être bloqué, ou ce n’est pas DICOM : faites-le vérifier ou redémarrer.',
    ],
    en: [
      `${host}:${port} takes the connection, then does not answer the association request.`,
      'The service may hang, or is not DICOM: have it checked or restarted.',
    ],
  }),
  'association-cut': same(
    [
      'Le PACS a raccroché pendant la demande d’association, sans dire pourquoi.',
      'Il ne connaît sans doute pas notre adresse : faites-y déclarer notre AE title et notre adresse ; son journal en dit la raison.',
    ],
    [
      'The PACS hung up during the association request, without saying why.',
      'It probably does not know our address: have our AE title and address registered there; its log tells the reason.',
    ],
  ),
  'called-ae-unknown': ({ aeTitles }) => ({
    fr: [
      `Le PACS répond, mais ne s’appelle pas « ${aeTitles[0]} ».`,
      'Demandez son AE title exact, majuscules comprises.',
    ],
    en: [
      `The PACS answers, but is not called “${aeTitles[0]}”.`,
      'Ask for its exact AE title, capitals included.',
    ],
  }),
  'calling-ae-unknown': ({ callUs }) => ({
    fr: [
      `Le PACS ne nous connaît pas sous « ${callUs} ».`,
      'Faites-y déclarer cet AE title avec notre adresse et notre port.',
    ],
    en: [
      `The PACS does not know us as “${callUs}”.`,
      'Have this AE title registered there with our address and port.',
    ],
  }),
  'rejected-no-reason': same(
    [
      'Le PACS a refusé l’association sans donner de raison.',
      'Son journal, à l’heure de ce test, la donne : le plus souvent un AE title ou une adresse non déclarés.',
    ],
    [
      'The PACS refused the association without a reason.',
      'Its log, at the time of this test, gives it: mostly an AE title or address that is not registered.',
    ],
  ),
  'peer-busy': same(
    ['Le PACS est saturé pour l’instant.', 'Réessayez dans quelques minutes.'],
    ['The PACS is congested at the moment.', 'Try again in a few minutes.'],
  ),
  'peer-limit': same(
    [
      'Le PACS n’accepte pas plus d’associations à la fois.',
      'Réduisez le nombre d’associations de ce pair, ou faites relever la limite du PACS.',
    ],
    [
      'The PACS takes no more associations at once.',
      'Lower this peer’s number of associations, or have the PACS’s limit raised.',
    ],
  ),
  'application-context-unknown': same(
    [
      'Le PACS refuse le contexte d’application de DICOM.',
      'Son logiciel est à vérifier par son éditeur : ce contexte est le même pour tous (PS3.7 A.2.1).',
    ],
    [
      'The PACS refuses DICOM’s application context.',
      'Its software has to be looked at by its maker: this context is the same for all (PS3.7 A.2.1).',
    ],
  ),
  'protocol-version': same(
    [
      'Le PACS refuse la version du protocole DICOM.',
      'Son logiciel est à vérifier par son éditeur : il n’y a qu’une version (PS3.8 9.3.2).',
    ],
    [
      'The PACS refuses the DICOM protocol version.',
      'Its software has to be looked at by its maker: there is only one version (PS3.8 9.3.2).',
    ],
  ),
  rejected: same(
    [
      'Le PACS a refusé l’association pour une raison que le standard ne connaît pas.',
      'Envoyez le détail technique à ceux qui le tiennent.',
    ],
    [
      'The PACS refused the association for a reason the standard does not know.',
      'Send the technical detail to those who keep it.',
    ],
  ),
  'echo-class-refused': same(
    [
      'Le PACS accepte l’association, mais pas l’écho (C-ECHO) pour nous.',
      'Demandez ce droit pour notre AE title ; tout PACS doit l’offrir (PS3.4 A.4).',
    ],
    [
      'The PACS accepts the association, but not the echo (C-ECHO) for us.',
      'Ask for this right for our AE title; every PACS has to offer it (PS3.4 A.4).',
    ],
  ),
  'echo-syntax-refused': same(
    [
      'Le PACS accepte l’écho, mais pas dans Implicit VR Little Endian, que tous doivent accepter.',
      'Faites activer Implicit VR Little Endian (PS3.5 10.1) sur le PACS.',
    ],
    [
      'The PACS accepts the echo, but not in Implicit VR Little Endian, which all have to accept.',
      'Have Implicit VR Little Endian (PS3.5 10.1) switched on at the PACS.',
    ],
  ),
  'echo-failed': same(
    ['Le PACS a répondu à l’écho par un échec.', 'Envoyez le statut affiché à ceux qui le tiennent.'],
    ['The PACS answered the echo with a failure.', 'Send the status shown to those who keep it.'],
  ),
  'echo-not-answering': same(
    [
      'L’association est acceptée, puis l’écho reste sans réponse.',
      'Le service DICOM du PACS est sans doute bloqué : faites-le redémarrer.',
    ],
    [
      'The association is accepted, then the echo is left unanswered.',
      'The PACS’s DICOM service probably hangs: have it restarted.',
    ],
  ),
  'echo-cut': same(
    ['Le PACS a raccroché pendant l’écho.', 'Son journal, à l’heure de ce test, en dit la raison.'],
    ['The PACS hung up during the echo.', 'Its log, at the time of this test, tells the reason.'],
  ),
  'find-class-refused': same(
    [
      'L’écho passe, mais le PACS n’offre pas la recherche (C-FIND, Study Root) à notre AE title.',
      'Demandez le droit de recherche ; sans lui, les envois ne peuvent pas être confirmés.',
    ],
    [
      'Echo works, but the PACS does not offer the query (C-FIND, Study Root) to our AE title.',
      'Ask for the right to query; without it, what is sent cannot be confirmed.',
    ],
  ),
  'find-syntax-refused': same(
    [
      'Le PACS offre la recherche, mais dans aucune syntaxe de transfert que nous proposons.',
      'Faites activer Implicit ou Explicit VR Little Endian pour C-FIND.',
    ],
    [
      'The PACS offers the query, but in none of the transfer syntaxes we propose.',
      'Have Implicit or Explicit VR Little Endian switched on for C-FIND.',
    ],
  ),
  'find-not-authorised': same(
    [
      'L’écho passe, mais la recherche est refusée : il manque un droit à notre AE title.',
      'Demandez le droit de recherche (C-FIND) pour notre AE title.',
    ],
    [
      'Echo works, but the query is refused: our AE title lacks a right.',
      'Ask for the right to query (C-FIND) for our AE title.',
    ],
  ),
  'find-failed': same(
    [
      'L’écho passe, mais la recherche échoue dans le PACS.',
      'Envoyez le statut affiché à ceux qui le tiennent : leur journal en dit plus.',
    ],
    [
      'Echo works, but the query fails inside the PACS.',
      'Send the status shown to those who keep it: their log says more.',
    ],
  ),
  'find-not-answering': same(
    [
      'L’écho passe, puis la recherche reste sans réponse.',
      'La base de données du PACS est sans doute lente ou bloquée : faites-la vérifier.',
    ],
    [
      'Echo works, then the query is left unanswered.',
      'The PACS’s database is probably slow or stuck: have it checked.',
    ],
  ),
  'find-cut': same(
    ['Le PACS a raccroché pendant la recherche.', 'Son journal, à l’heure de ce test, en dit la raison.'],
    ['The PACS hung up during the query.', 'Its log, at the time of this test, tells the reason.'],
  ),
  'store-class-refused': same(
    [
      'Le PACS n’accepte pas d’images (Secondary Capture) de nous.',
      'Demandez le droit d’envoi (C-STORE) pour notre AE title, et pour quels types d’images.',
    ],
    [
      'The PACS takes no images (Secondary Capture) from us.',
      'Ask for the right to store (C-STORE) for our AE title, and for which kinds of images.',
    ],
  ),
  'store-syntax-refused': same(
    [
      'Le PACS accepte ce type d’image, mais pas en Explicit VR Little Endian.',
      'Faites activer cette syntaxe de transfert : presque toutes les images non comprimées l’emploient.',
    ],
    [
      'The PACS takes this kind of image, but not in Explicit VR Little Endian.',
      'Have this transfer syntax switched on: nearly all uncompressed images use it.',
    ],
  ),
  'store-not-authorised': same(
    [
      'Le PACS refuse l’objet d’essai : il manque un droit à notre AE title.',
      'Demandez le droit d’envoi (C-STORE) pour notre AE title.',
    ],
    [
      'The PACS refuses the test object: our AE title lacks a right.',
      'Ask for the right to store (C-STORE) for our AE title.',
    ],
  ),
  'store-full': same(
    [
      'Le PACS n’a plus de place ou de ressources.',
      'Prévenez ceux qui le tiennent : rien ne pourra y être envoyé avant.',
    ],
    ['The PACS has no room or resources left.', 'Tell those who keep it: nothing can be sent there before.'],
  ),
  'store-failed': same(
    ['Le PACS a refusé l’objet d’essai.', 'Envoyez le statut affiché à ceux qui le tiennent.'],
    ['The PACS refused the test object.', 'Send the status shown to those who keep it.'],
  ),
  'store-not-answering': same(
    [
      'L’objet d’essai est parti, le PACS n’a pas répondu : il peut l’avoir ou non.',
      'Le stockage du PACS est sans doute bloqué : faites-le vérifier.',
    ],
    [
      'The test object was sent and the PACS did not answer: it may have it or not.',
      'The PACS’s storage probably hangs: have it checked.',
    ],
  ),
  'store-cut': same(
    [
      'Le PACS a raccroché pendant l’envoi de l’objet d’essai.',
      'Son journal, à l’heure de ce test, en dit la raison.',
    ],
    [
      'The PACS hung up while the test object was sent.',
      'Its log, at the time of this test, tells the reason.',
    ],
  ),
  'second-opinion-fails': same(
    [
      'Notre logiciel passe, un second logiciel DICOM (DCMTK) échoue au même essai.',
      'Rien d’urgent : signalez-le au PACS avec le détail technique, il est strict ou limité à une association.',
    ],
    [
      'Our software passes, a second DICOM software (DCMTK) fails the same test.',
      'Nothing urgent: tell the PACS with the technical detail; it is strict, or takes one association only.',
    ],
  ),
  'second-opinion-agrees': same(
    [
      'Un second logiciel DICOM (DCMTK) échoue lui aussi : la cause est bien de l’autre côté ou sur le chemin.',
      'Joignez ce second avis à votre message.',
    ],
    [
      'A second DICOM software (DCMTK) fails too: the cause is on the other side or on the way.',
      'Add this second opinion to your message.',
    ],
  ),
  'second-opinion-unavailable': same(
    [
      'Le second logiciel n’a pas pu être lancé sur ce nœud.',
      'Cela ne dit rien du PACS ; voyez le journal technique de ce nœud.',
    ],
    [
      'The second software could not be started on this node.',
      'It says nothing about the PACS; see this node’s technical log.',
    ],
  ),
  'second-opinion-without-tls': same(
    ['Le second logiciel ne parle pas TLS.', 'Rien à faire.'],
    ['The second software speaks no TLS.', 'Nothing to do.'],
  ),
} satisfies Record<string, Words>
