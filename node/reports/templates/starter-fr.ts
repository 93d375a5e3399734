import type { StarterBlock, StarterTemplate } from './template.js'

const CT = '{{equipment}}. Dose : {{dose}}.'

const report = (
  id: string,
  modalities: readonly string[],
  regions: readonly string[],
  title: string,
  [technique, results, conclusion]: readonly [string, string, string],
): StarterTemplate => ({
  id: `modele-${id}`,
  language: 'fr',
  modalities,
  regions,
  title,
  sections: { indication: '{{question}}', technique, results, conclusion },
})

/** Normal reports to begin with, by modality and region. A group changes them, and keeps its own. */
export const STARTERS_FR: readonly StarterTemplate[] = [
  report('tdm-crane', ['CT'], ['crane', 'cerebr', 'encephal', 'tete'], 'TDM cérébrale sans injection', [
    `Acquisition hélicoïdale sans injection de produit de contraste. ${CT}`,
    'Pas d’hémorragie intra ou péricérébrale.\nDifférenciation substance blanche – substance grise conservée. Pas d’hypodensité systématisée.\nStructures médianes en place. Système ventriculaire et espaces sous-arachnoïdiens sans particularité.\nPas d’anomalie de la fosse postérieure.\nPas de lésion osseuse. Sinus et cellules mastoïdiennes aérés.',
    'Pas d’anomalie intracrânienne décelable sans injection.',
  ]),
  report(
    'angio-tsa',
    ['CT'],
    ['tsa', 'tronc', 'polygone', 'cou', 'avc'],
    'Angio-TDM des TSA et du polygone',
    [
      `Acquisition sans injection puis au temps artériel. Injection : {{contrast}}. ${CT}`,
      'Pas d’hémorragie. Pas de signe précoce d’ischémie (ASPECTS 10).\nPas d’occlusion ni de sténose significative des carotides, des vertébrales ni du tronc basilaire.\nPas d’occlusion proximale du polygone de Willis. Pas d’anévrisme visible.\nPas de signe de dissection.',
      'Pas d’occlusion artérielle. Pas de signe précoce d’ischémie ni d’hémorragie.',
    ],
  ),
  report('tdm-facial', ['CT'], ['sinus', 'facial', 'massif'], 'TDM du massif facial et des sinus', [
    `Acquisition hélicoïdale sans injection, reconstructions multiplanaires. ${CT}`,
    'Sinus maxillaires, ethmoïdaux, frontaux et sphénoïdal aérés. Méats perméables.\nPas de fracture du massif facial. Orbites sans particularité.',
    'Pas d’anomalie du massif facial.',
  ]),
  report(
    'angio-pulm',
    ['CT'],
    ['embolie', 'pulmonaire', 'thorax'],
    'Angio-TDM thoracique (embolie pulmonaire)',
    [
      `Acquisition au temps artériel pulmonaire. Injection : {{contrast}}. ${CT}`,
      'Opacification artérielle pulmonaire satisfaisante jusqu’aux branches sous-segmentaires.\nPas de défect endoluminal. Rapport VD/VG normal.\nParenchyme : pas de foyer de condensation, pas de nodule suspect.\nPas d’épanchement pleural ni péricardique. Pas d’adénomégalie médiastinale.',
      'Pas d’embolie pulmonaire.',
    ],
  ),
  report('tdm-abdomen', ['CT'], ['abdom', 'pelv'], 'TDM abdomino-pelvienne', [
    `Acquisition au temps portal. Injection : {{contrast}}. ${CT}`,
    'Foie, voies biliaires, pancréas, rate et surrénales sans anomalie.\nReins de taille et de morphologie normales, sans dilatation des cavités.\nPas de distension digestive, pas d’épaississement pariétal. Appendice d’aspect normal.\nPas d’épanchement, pas de pneumopéritoine. Pas d’adénomégalie.\nAxes vasculaires perméables. Pas de lésion osseuse suspecte.',
    'Pas d’anomalie abdomino-pelvienne aiguë.',
  ]),
  report(
    'tdm-uro',
    ['CT'],
    ['urolog', 'rein', 'colique', 'uro'],
    'TDM abdomino-pelvienne sans injection (colique néphrétique)',
    [
      `Acquisition basse dose sans injection. ${CT}`,
      'Pas de calcul radio-opaque sur les voies excrétrices. Pas de dilatation pyélocalicielle ni urétérale.\nPas d’infiltration périrénale. Vessie sans particularité.\nPas d’autre anomalie abdominale visible sans injection.',
      'Pas de calcul ni d’obstacle des voies urinaires.',
    ],
  ),
  report(
    'tdm-tap',
    ['CT'],
    ['tap', 'thoraco', 'corps entier', 'polytrauma'],
    'TDM thoraco-abdomino-pelvienne',
    [
      `Acquisition thoraco-abdomino-pelvienne. Injection : {{contrast}}. ${CT}`,
      'Thorax : pas d’épanchement pleural ou péricardique, pas de pneumothorax, pas de foyer parenchymateux ni de nodule suspect. Médiastin sans adénomégalie.\nAbdomen et pelvis : organes pleins sans lésion. Pas d’épanchement. Pas d’anomalie digestive.\nAxes vasculaires perméables.\nOs : pas de fracture ni de lésion suspecte.',
      'Pas de lésion thoraco-abdomino-pelvienne décelable.',
    ],
  ),
  report('tdm-rachis', ['CT'], ['rachis', 'cervical', 'lombaire', 'dorsal', 'vertebr'], 'TDM du rachis', [
    `Acquisition hélicoïdale sans injection, reconstructions sagittales et coronales. ${CT}`,
    'Alignement vertébral conservé. Hauteur des corps vertébraux respectée.\nPas de trait de fracture. Massifs articulaires en place.\nCanal vertébral de calibre normal. Parties molles prévertébrales sans épaississement.',
    'Pas de lésion osseuse traumatique du rachis.',
  ]),
  report('irm-crane', ['MR'], ['crane', 'cerebr', 'encephal'], 'IRM cérébrale', [
    'Séquences T1, T2 FLAIR, diffusion, T2*. {{equipment}}, {{field}}.',
    'Pas d’anomalie de signal en diffusion. Pas de lésion ischémique récente.\nPas d’hémorragie, pas de séquelle en T2*.\nPas d’anomalie de signal de la substance blanche. Système ventriculaire non dilaté.\nFlux artériels et veineux présents.',
    'IRM cérébrale sans anomalie.',
  ]),
  report('irm-genou', ['MR'], ['genou'], 'IRM du genou', [
    'Séquences T1 et T2/DP avec saturation de graisse dans les trois plans. {{equipment}}, {{field}}. Genou {{side}}.',
    'Ménisques médial et latéral de morphologie et de signal normaux.\nLigaments croisés et collatéraux continus.\nCartilages fémoro-tibiaux et fémoro-patellaire sans lésion. Pas d’œdème osseux.\nPas d’épanchement. Appareil extenseur sans anomalie.',
    'Genou {{side}} sans lésion méniscale, ligamentaire ni osseuse.',
  ]),
  report('irm-lombaire', ['MR'], ['lombaire', 'rachis'], 'IRM du rachis lombaire', [
    'Séquences sagittales T1, T2 et STIR, axiales T2. {{equipment}}, {{field}}.',
    'Alignement et hauteur des corps vertébraux conservés. Pas d’anomalie de signal osseux.\nPas de conflit disco-radiculaire. Canal lombaire de calibre normal.\nCône terminal en place, de signal normal.',
    'Pas de conflit disco-radiculaire.',
  ]),
  report('rx-thorax', ['DX'], ['thorax', 'poumon'], 'Radiographie du thorax', [
    'Incidence de face. {{equipment}}. Dose : {{dose}}.',
    'Pas de foyer parenchymateux. Pas d’épanchement pleural, pas de pneumothorax.\nSilhouette cardio-médiastinale de taille normale.\nPas de lésion osseuse visible.',
    'Radiographie du thorax sans anomalie.',
  ]),
  report(
    'rx-membre',
    ['DX'],
    ['main', 'poignet', 'coude', 'epaule', 'cheville', 'pied', 'genou', 'hanche', 'bassin', 'doigt'],
    'Radiographie ostéo-articulaire',
    [
      'Incidences de face et de profil. {{equipment}}. Dose : {{dose}}. Côté {{side}}.',
      'Pas de fracture visible. Rapports articulaires conservés.\nMinéralisation normale. Parties molles sans particularité.',
      'Pas de lésion osseuse traumatique visible, côté {{side}}.',
    ],
  ),
]

/** Sentences that are said every day. */
export const BLOCKS_FR: readonly StarterBlock[] = [
  ['comparaison', 'Comparaison', 'Comparaison à l’examen du [date] : pas de modification significative.'],
  ['sansant', 'Sans antériorité', 'Pas d’antériorité disponible pour comparaison.'],
  ['mouvement', 'Artefacts de mouvement', 'Examen de qualité limitée par des artefacts de mouvement.'],
  ['appel', 'Appel du demandeur', 'Résultat communiqué par téléphone au [nom, fonction] à [heure].'],
  ['irm', 'Compléter par une IRM', 'À compléter par une IRM si le doute clinique persiste.'],
  ['controle', 'Contrôle', 'Contrôle à [délai] souhaitable.'],
  ['degenerat', 'Arthrose', 'Remaniements dégénératifs en rapport avec l’âge.'],
  ['kystes', 'Kystes rénaux simples', 'Kystes rénaux simples (Bosniak 1), sans caractère suspect.'],
  ['atherome', 'Athérome', 'Athérome calcifié aorto-iliaque sans sténose significative.'],
  [
    'nodule',
    'Nodule pulmonaire',
    'Nodule pulmonaire de [taille] mm du lobe [lobe], à contrôler selon les recommandations de la Fleischner Society.',
  ],
  ['normal', 'Normal', 'Sans anomalie.'],
  ['clinique', 'Corrélation clinique', 'À confronter aux données cliniques et biologiques.'],
].map(([shortcut = '', title = '', text = '']) => ({
  id: `phrase-${shortcut}`,
  language: 'fr' as const,
  shortcut,
  title,
  text,
}))
