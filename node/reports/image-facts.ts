import type { DataSet } from '../dicom/format/dataset-reading.js'
import { readHeader } from '../dicom/format/header.js'
import { Failure } from '../errors.js'
import type { Objects } from '../objects/objects.js'
import type { Studies } from '../studies/studies.js'

type DoseKey = 'ctdiVolMGy' | 'dlpMGyCm' | 'dapCGyCm2'
/** Where a dose was read: a Radiation Dose SR, or the images' own headers. */
export type DoseSource = 'dose-report' | 'headers'

/** What the images say of how they were made; as much as their headers and dose reports hold. */
export interface ImageFacts {
  /** Manufacturer and model, each device once. */
  equipment: string[]
  sides: ('R' | 'L')[]
  protocols: string[]
  contrast: string[]
  fieldStrengthT: number[]
  /** mGy, the largest; of each acquisition where a dose report lists them. */
  ctdiVolMGy?: number
  /** mGy·cm, of the whole exam. */
  dlpMGyCm?: number
  /** Gy·m² → cGy·cm², of the whole exam. */
  dapCGyCm2?: number
  /** Where each figure of the dose stands in the study. */
  doseFrom?: Partial<Record<DoseKey, DoseSource>>
}

const X_RAY_RADIATION_DOSE_SR = '1.2.840.10008.5.1.4.1.1.88.67'
const SERIES_MAX = 40
/** Instances of a series that may each carry a dose of their own (projections); a stack says the same a thousand times. */
const PROJECTIONS_MAX = 40

/**
 * Reads a study's own headers: one instance of each series, every projection, and its Radiation Dose SR (TID 10001,
 * 10011). A file that cannot be read says nothing; what is made here is none of the images.
 */
export async function imageFacts(
  study: string,
  { studies, objects }: { studies: Pick<Studies, 'instances'>; objects: Pick<Objects, 'path'> },
): Promise<ImageFacts> {
  const bySeries = new Map<string, Awaited<ReturnType<Studies['instances']>>>()
  for (const instance of await studies.instances(study)) {
    if (instance.madeHere || instance.withdrawn) continue
    bySeries.set(instance.seriesUID, [...(bySeries.get(instance.seriesUID) ?? []), instance])
  }
  const facts: ImageFacts = { equipment: [], sides: [], protocols: [], contrast: [], fieldStrengthT: [] }
  let dap = 0
  for (const series of [...bySeries.values()].slice(0, SERIES_MAX)) {
    const few = series.length <= PROJECTIONS_MAX ? series : series.slice(0, 1)
    for (const [index, instance] of few.entries()) {
      const header = await headerOf(
        objects.path({ bucket: instance.bucket, name: instance.object }),
        instance,
      )
      if (header === undefined) continue
      if (instance.sopClassUID === X_RAY_RADIATION_DOSE_SR) addDoseReport(facts, header)
      else {
        if (index === 0) addHeader(facts, header)
        // (0018,115E) is in dGy·cm².
        dap += numberIn(header, 'ImageAndFluoroscopyAreaDoseProduct') ?? 0
        larger(facts, 'ctdiVolMGy', numberIn(header, 'CTDIvol'), 'headers')
      }
    }
  }
  if (facts.dapCGyCm2 === undefined) larger(facts, 'dapCGyCm2', dap * 10, 'headers')
  return facts
}

async function headerOf(
  path: string,
  place: { datasetOffset: number; transferSyntaxUID: string },
): Promise<DataSet | undefined> {
  try {
    return await readHeader(path, place)
  } catch (thrown) {
    if (thrown instanceof Failure || (thrown as { code?: unknown }).code === 'ENOENT') return undefined
    throw thrown
  }
}

function addHeader(facts: ImageFacts, header: DataSet): void {
  const text = (keyword: string) => (header.text(keyword) ?? '').split('\\')[0]?.trim() ?? ''
  const maker = text('Manufacturer')
  const model = text('ManufacturerModelName')
  // Some makers repeat their own name in the model's.
  const device = model.toLowerCase().startsWith(maker.toLowerCase()) ? model : `${maker} ${model}`.trim()
  once(facts.equipment, device)
  once(facts.protocols, text('ProtocolName'))
  const agent = text('ContrastBolusAgent')
  const volume = numberIn(header, 'ContrastBolusVolume')
  once(facts.contrast, volume === undefined || agent === '' ? agent : `${agent}, ${round(volume)} ml`)
  for (const keyword of ['ImageLaterality', 'Laterality']) {
    const side = text(keyword)
    if (side === 'R' || side === 'L') once(facts.sides, side)
  }
  const tesla = numberIn(header, 'MagneticFieldStrength')
  if (tesla !== undefined && tesla > 0) once(facts.fieldStrengthT, round(tesla))
}

function once<T>(list: T[], value: T): void {
  if (value !== '' && !list.includes(value)) list.push(value)
}

/** Concepts of a dose report (PS3.16 TID 10001, 10011–10013), scheme DCM. */
const DLP_TOTAL = '113813'
const CTDI_VOL = '113830'
const DAP_TOTAL = '113722'
const NESTING_MAX = 8

function addDoseReport(facts: ImageFacts, header: DataSet): void {
  const walk = (item: DataSet, depth: number): void => {
    const concept = item.sequence('ConceptNameCodeSequence')[0]?.text('CodeValue')
    const measured = item.sequence('MeasuredValueSequence')[0]
    const value = measured === undefined ? undefined : numberIn(measured, 'NumericValue')
    if (value !== undefined) {
      if (concept === DLP_TOTAL) larger(facts, 'dlpMGyCm', value, 'dose-report')
      else if (concept === CTDI_VOL) larger(facts, 'ctdiVolMGy', value, 'dose-report')
      else if (concept === DAP_TOTAL) {
        const unit = measured?.sequence('MeasurementUnitsCodeSequence')[0]?.text('CodeValue')
        // Gy·m² = 10⁶ cGy·cm².
        larger(facts, 'dapCGyCm2', unit === 'Gy.m2' ? value * 1_000_000 : value, 'dose-report')
      }
    }
    if (depth < NESTING_MAX) for (const child of item.sequence('ContentSequence')) walk(child, depth + 1)
  }
  walk(header, 0)
}

/** Of two values the larger; of two places that say the same, the dose report. */
function larger(facts: ImageFacts, key: DoseKey, value: number | undefined, from: DoseSource): void {
  if (value === undefined || value <= 0) return
  const [known, rounded] = [facts[key] ?? 0, round(value)]
  if (rounded < known || (rounded === known && from === 'headers')) return
  facts[key] = rounded
  facts.doseFrom = { ...facts.doseFrom, [key]: from }
}

/** Three figures that count are more than a dose is known to. */
export const round = (value: number) => Number(value.toPrecision(3))

function numberIn(item: DataSet, keyword: string): number | undefined {
  const text = item.text(keyword)?.split('\\')[0]?.trim()
  if (text === undefined || text === '') return undefined
  const value = Number(text)
  return Number.isFinite(value) ? value : undefined
}
