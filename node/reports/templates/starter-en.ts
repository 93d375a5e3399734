import type { StarterBlock, StarterTemplate } from './template.js'

const CT = '{{equipment}}. Dose: {{dose}}.'

const report = (
  id: string,
  modalities: readonly string[],
  regions: readonly string[],
  title: string,
  [technique, results, conclusion]: readonly [string, string, string],
): StarterTemplate => ({
  id: `template-${id}`,
  language: 'en',
  modalities,
  regions,
  title,
  sections: { indication: '{{question}}', technique, results, conclusion },
})

/** Normal reports to begin with, by modality and region. A group changes them, and keeps its own. */
export const STARTERS_EN: readonly StarterTemplate[] = [
  report('ct-head', ['CT'], ['head', 'brain', 'crane', 'cerebr'], 'CT of the head without contrast', [
    `Helical acquisition without contrast. ${CT}`,
    'No intra- or extra-axial haemorrhage.\nGrey–white differentiation preserved. No territorial hypodensity.\nMidline structures in place. Ventricles and subarachnoid spaces unremarkable.\nPosterior fossa unremarkable.\nNo bony lesion. Sinuses and mastoid air cells clear.',
    'No intracranial abnormality visible without contrast.',
  ]),
  report(
    'cta-neck',
    ['CT'],
    ['neck', 'carotid', 'circle', 'stroke', 'cou'],
    'CT angiography of neck and circle of Willis',
    [
      `Acquisition without contrast, then in the arterial phase. Contrast: {{contrast}}. ${CT}`,
      'No haemorrhage. No early sign of ischaemia (ASPECTS 10).\nNo occlusion or significant stenosis of carotid, vertebral or basilar arteries.\nNo proximal occlusion of the circle of Willis. No visible aneurysm.\nNo sign of dissection.',
      'No arterial occlusion. No early ischaemia, no haemorrhage.',
    ],
  ),
  report('ct-face', ['CT'], ['sinus', 'face', 'facial'], 'CT of the face and sinuses', [
    `Helical acquisition without contrast, multiplanar reconstructions. ${CT}`,
    'Maxillary, ethmoid, frontal and sphenoid sinuses clear. Ostia patent.\nNo facial fracture. Orbits unremarkable.',
    'No abnormality of the face.',
  ]),
  report('ctpa', ['CT'], ['pulmonary', 'embol', 'chest', 'thorax'], 'CT pulmonary angiography', [
    `Acquisition in the pulmonary arterial phase. Contrast: {{contrast}}. ${CT}`,
    'Pulmonary arteries well opacified down to subsegmental branches.\nNo filling defect. Normal RV/LV ratio.\nLungs: no consolidation, no suspicious nodule.\nNo pleural or pericardial effusion. No mediastinal lymphadenopathy.',
    'No pulmonary embolism.',
  ]),
  report('ct-abdomen', ['CT'], ['abdom', 'pelv'], 'CT of abdomen and pelvis', [
    `Acquisition in the portal phase. Contrast: {{contrast}}. ${CT}`,
    'Liver, bile ducts, pancreas, spleen and adrenals unremarkable.\nKidneys of normal size and shape, no hydronephrosis.\nNo bowel distension or wall thickening. Normal appendix.\nNo free fluid, no free air. No lymphadenopathy.\nVessels patent. No suspicious bone lesion.',
    'No acute abnormality of abdomen and pelvis.',
  ]),
  report(
    'ct-kub',
    ['CT'],
    ['kidney', 'urolog', 'ureter', 'renal', 'kub'],
    'CT of the urinary tract without contrast',
    [
      `Low-dose acquisition without contrast. ${CT}`,
      'No radio-opaque stone in the urinary tract. No hydronephrosis or ureteral dilatation.\nNo perirenal stranding. Bladder unremarkable.\nNo other abdominal abnormality visible without contrast.',
      'No urinary stone or obstruction.',
    ],
  ),
  report(
    'ct-cap',
    ['CT'],
    ['chest-abdomen', 'whole body', 'trauma', 'cap', 'thoraco'],
    'CT of chest, abdomen and pelvis',
    [
      `Acquisition of chest, abdomen and pelvis. Contrast: {{contrast}}. ${CT}`,
      'Chest: no pleural or pericardial effusion, no pneumothorax, no consolidation or suspicious nodule. No mediastinal lymphadenopathy.\nAbdomen and pelvis: solid organs without lesion. No free fluid. Bowel unremarkable.\nVessels patent.\nBones: no fracture or suspicious lesion.',
      'No lesion of chest, abdomen or pelvis.',
    ],
  ),
  report('ct-spine', ['CT'], ['spine', 'cervical', 'lumbar', 'thoracic', 'rachis'], 'CT of the spine', [
    `Helical acquisition without contrast, sagittal and coronal reconstructions. ${CT}`,
    'Vertebral alignment preserved. Vertebral body height maintained.\nNo fracture line. Facet joints in place.\nSpinal canal of normal width. Prevertebral soft tissues not thickened.',
    'No traumatic bone lesion of the spine.',
  ]),
  report('mr-head', ['MR'], ['head', 'brain', 'crane', 'cerebr'], 'MRI of the brain', [
    'T1, T2 FLAIR, diffusion and T2* sequences. {{equipment}}, {{field}}.',
    'No abnormal signal on diffusion. No recent ischaemic lesion.\nNo haemorrhage, no residual on T2*.\nNo abnormal white-matter signal. Ventricles not dilated.\nArterial and venous flow present.',
    'MRI of the brain without abnormality.',
  ]),
  report('mr-knee', ['MR'], ['knee', 'genou'], 'MRI of the knee', [
    'T1 and fat-saturated T2/PD sequences in three planes. {{equipment}}, {{field}}. {{side}} knee.',
    'Medial and lateral meniscus of normal shape and signal.\nCruciate and collateral ligaments intact.\nFemorotibial and patellofemoral cartilage without lesion. No bone marrow oedema.\nNo effusion. Extensor mechanism intact.',
    'No meniscal, ligament or bone lesion of the {{side}} knee.',
  ]),
  report('mr-lumbar', ['MR'], ['lumbar', 'spine', 'lombaire', 'rachis'], 'MRI of the lumbar spine', [
    'Sagittal T1, T2 and STIR, axial T2 sequences. {{equipment}}, {{field}}.',
    'Alignment and height of vertebral bodies preserved. No abnormal bone signal.\nNo disc–root conflict. Lumbar canal of normal width.\nConus in place, of normal signal.',
    'No disc–root conflict.',
  ]),
  report('xr-chest', ['DX'], ['chest', 'thorax', 'lung'], 'Chest radiograph', [
    'Frontal view. {{equipment}}. Dose: {{dose}}.',
    'No consolidation. No pleural effusion, no pneumothorax.\nCardiomediastinal silhouette of normal size.\nNo visible bone lesion.',
    'Normal chest radiograph.',
  ]),
  report(
    'xr-limb',
    ['DX'],
    [
      'hand',
      'wrist',
      'elbow',
      'shoulder',
      'ankle',
      'foot',
      'knee',
      'hip',
      'pelvis',
      'finger',
      'genou',
      'poignet',
    ],
    'Bone and joint radiograph',
    [
      'Frontal and lateral views. {{equipment}}. Dose: {{dose}}. {{side}} side.',
      'No visible fracture. Joint alignment preserved.\nNormal mineralisation. Soft tissues unremarkable.',
      'No visible traumatic bone lesion, {{side}} side.',
    ],
  ),
]

/** Sentences that are said every day. */
export const BLOCKS_EN: readonly StarterBlock[] = [
  ['compare', 'Comparison', 'Compared with the study of [date]: no significant change.'],
  ['noprior', 'No prior', 'No prior study available for comparison.'],
  ['motion', 'Motion artefacts', 'Study limited by motion artefacts.'],
  ['call', 'Requester called', 'Result given by telephone to [name, role] at [time].'],
  ['mri', 'MRI next', 'MRI is advised if clinical doubt remains.'],
  ['follow', 'Follow-up', 'Follow-up in [delay] is advised.'],
  ['degen', 'Degenerative', 'Degenerative changes in keeping with age.'],
  ['cysts', 'Simple renal cysts', 'Simple renal cysts (Bosniak 1), not suspicious.'],
  ['atheroma', 'Atheroma', 'Calcified aorto-iliac atheroma without significant stenosis.'],
  [
    'nodule',
    'Pulmonary nodule',
    'Pulmonary nodule of [size] mm in the [lobe] lobe, to be followed as the Fleischner Society recommends.',
  ],
  ['normal', 'Normal', 'Unremarkable.'],
  ['clinical', 'Clinical correlation', 'To be correlated with clinical and laboratory findings.'],
].map(([shortcut = '', title = '', text = '']) => ({
  id: `block-${shortcut}`,
  language: 'en' as const,
  shortcut,
  title,
  text,
}))
