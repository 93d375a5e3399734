import test from 'ava'
import { faultsOf } from '../../web/network/peer-form.js'
import { meaningOf } from '../../web/transfers/reason.js'
import type { JsonDataSet } from '../../web/viewer/dicom-json.js'
import { personName } from '../../web/viewer/dicom-json.js'
import { faultOf } from '../../web/viewer/fault.js'
import { type Frame, framesOf } from '../../web/viewer/frame.js'
import { commandOf } from '../../web/viewer/keys.js'
import { followed, linkOf } from '../../web/viewer/linking.js'
import { markersOf, written } from '../../web/viewer/orientation.js'
import { prefetch, prefetchOrder } from '../../web/viewer/prefetch.js'
import { presetsFor, range, samePreset, windowOf } from '../../web/viewer/presets.js'
import { roiText, unitOf } from '../../web/viewer/roi.js'
import { alike, openingIndex, openingSeries, stacked } from '../../web/viewer/series.js'

const address = '/dicomweb/studies/1.2/series/1.3'
const attribute = (vr: string, ...Value: unknown[]) => ({ vr, Value })

function instance(over: JsonDataSet = {}): JsonDataSet {
  return {
    '00080018': attribute('UI', '1.4'),
    '00080060': attribute('CS', 'CT'),
    '00280010': attribute('US', 512),
    '00280011': attribute('US', 512),
    '00280100': attribute('US', 16),
    '00200013': attribute('IS', 1),
    ...over,
  }
}

function slice(n: number, z: number, over: JsonDataSet = {}): Frame {
  const [frame] = framesOf(
    instance({
      '00080018': attribute('UI', `1.4.${n}`),
      '00200013': attribute('IS', n),
      '00200037': attribute('DS', 1, 0, 0, 0, 1, 0),
      '00200032': attribute('DS', 0, 0, z),
      ...over,
    }),
    address,
  )
  if (!frame) throw new Error('no frame')
  return frame
}

test('the side letters come from the data set alone, and no letter is guessed', t => {
  const axial = markersOf({ orientation: [1, 0, 0, 0, 1, 0] })
  t.deepEqual(axial, { left: 'R', right: 'L', top: 'A', bottom: 'P' })
  const sagittal = markersOf({ orientation: [0, 1, 0, 0, 0, -1] })
  t.deepEqual(sagittal, { left: 'A', right: 'P', top: 'H', bottom: 'F' })
  const oblique = markersOf({ orientation: [0.8, 0.6, 0, 0, 0, -1] })
  t.is(oblique?.right, 'LP')
  t.is(oblique?.left, 'RA')
  t.deepEqual(markersOf({ patientOrientation: ['L', 'F'] }), { left: 'R', right: 'L', top: 'H', bottom: 'F' })
  t.is(markersOf({}), null)
  t.is(markersOf({ patientOrientation: ['??', 'F'] }), null)
})

test('in French the sides are D and G, in English R and L', t => {
  t.is(written('R', 'fr'), 'D')
  t.is(written('L', 'fr'), 'G')
  t.is(written('RA', 'en'), 'RA')
  t.is(written('H', 'fr'), 'S')
  t.is(written('F', 'en'), 'I')
})

test('a stack is ordered in space, in the direction the instance numbers run', t => {
  const shuffled = [slice(3, 10), slice(1, 0), slice(4, 15), slice(2, 5)]
  t.deepEqual(
    stacked(shuffled).map(frame => frame.InstanceNumber),
    [1, 2, 3, 4],
  )
  const descending = [slice(1, 15), slice(3, 0), slice(2, 10)]
  t.deepEqual(
    stacked(descending).map(frame => frame.InstanceNumber),
    [1, 2, 3],
  )
})

test('phases at one place are not interleaved: their numbers decide', t => {
  const phases = [slice(3, 0), slice(1, 0), slice(4, 5), slice(2, 5)]
  t.deepEqual(
    stacked(phases).map(frame => frame.InstanceNumber),
    [1, 2, 3, 4],
  )
})

test('a stack through a body opens in its middle, anything else at its first picture', t => {
  t.is(openingIndex(Array.from({ length: 20 }, (_, i) => slice(i + 1, i))), 10)
  t.is(openingIndex([slice(1, 0), slice(2, 5)]), 0)
  const localizer = { SeriesInstanceUID: '1', instances: 2 }
  const body = { SeriesInstanceUID: '2', instances: 300 }
  t.is(openingSeries([localizer, body]), body)
  t.is(openingSeries([localizer]), localizer)
})

test('each frame of an enhanced object has its own place, plane and window', t => {
  const place = (z: number) => ({
    '00209113': attribute('SQ', { '00200032': attribute('DS', 0, 0, z) }),
    '00289132': attribute('SQ', { '00281050': attribute('DS', z), '00281051': attribute('DS', 100) }),
  })
  const frames = framesOf(
    instance({
      '00280008': attribute('IS', 2),
      '52009229': attribute('SQ', {
        '00209116': attribute('SQ', { '00200037': attribute('DS', 1, 0, 0, 0, 1, 0) }),
      }),
      '52009230': attribute('SQ', place(3), place(7)),
    }),
    address,
  )
  t.deepEqual(
    frames.map(frame => frame.imageId),
    [1, 2].map(n => `wadors:${address}/instances/1.4/frames/${n}`),
  )
  t.deepEqual(
    frames.map(frame => frame.position?.[2]),
    [3, 7],
  )
  t.deepEqual(frames[1]?.windows, [{ center: 7, width: 100, name: undefined }])
  t.deepEqual(frames[0]?.orientation, [1, 0, 0, 0, 1, 0])
})

test('what has no pixels is no picture, and odd values cost no picture', t => {
  t.deepEqual(framesOf({ '00080018': attribute('UI', '1.4') }, address), [])
  const odd = slice(1, 0, {
    '00281050': attribute('DS', 'x'),
    '00281051': attribute('DS', 0),
    '00100010': attribute('PN', { Ideographic: '山' }),
    '00282112': { vr: 'DS' },
  })
  t.deepEqual(odd.windows, [])
  t.is(odd.patient.name, undefined)
  t.is(personName({ '00100010': attribute('PN', { Alphabetic: 'ESSAI^Zoé' }) }, '00100010'), 'ESSAI^Zoé')
})

test('lossy compression and synthetic data are known from the data set', t => {
  const frame = slice(1, 0, {
    '00282110': attribute('CS', '01'),
    '00282112': attribute('DS', 12.5),
    '0008001C': attribute('CS', 'YES'),
  })
  t.deepEqual(frame.lossy, { ratio: 12.5, method: undefined })
  t.true(frame.synthetic)
  t.is(slice(1, 0, { '00282110': attribute('CS', '00') }).lossy, undefined)
})

test('millimetres in the patient only where pixels are calibrated there', t => {
  const spaced = (over: JsonDataSet) => slice(1, 0, over).spacing
  t.deepEqual(spaced({ '00280030': attribute('DS', 0.5, 0.5) }), {
    mmPerPixel: 0.5,
    at: 'patient',
    measured: true,
  })
  const dx = { '00080060': attribute('CS', 'DX') }
  t.is(spaced({ ...dx, '00181164': attribute('DS', 0.4, 0.4) })?.at, 'detector')
  t.is(
    spaced({ ...dx, '00280030': attribute('DS', 0.4, 0.4), '00181164': attribute('DS', 0.4, 0.4) })?.at,
    'detector',
  )
  t.is(
    spaced({ ...dx, '00280030': attribute('DS', 0.3, 0.3), '00181164': attribute('DS', 0.4, 0.4) })?.at,
    'patient',
  )
  t.is(spaced({}), undefined)
})

test('a window and its grey range are the same thing said twice', t => {
  for (const window of [
    { center: 40, width: 80 },
    { center: -600, width: 1500 },
    { center: 40, width: 1 },
  ])
    t.deepEqual(windowOf(range(window)), window)
  const [brain] = presetsFor(slice(1, 0))
  t.true(brain !== undefined && samePreset(brain, { center: 40, width: 80 }))
  t.deepEqual(
    presetsFor(slice(1, 0)).map(preset => preset.key),
    [...'123456789'],
  )
  t.deepEqual(presetsFor(slice(1, 0, { '00080060': attribute('CS', 'MR') })), [])
})

test('pictures are fetched outward from the reader, twice as far ahead as behind', t => {
  t.deepEqual(prefetchOrder(5, 1, 10), [6, 7, 4, 8, 9, 3, 2, 1, 0])
  t.deepEqual(prefetchOrder(2, -1, 4), [1, 0, 3])
  t.deepEqual(prefetchOrder(0, 1, 1), [])
})

test('prefetching stays within its budget, goes on after a failure and stops when told', async t => {
  const asked: number[] = []
  const done: (() => void)[] = []
  const load = (index: number) => {
    asked.push(index)
    return new Promise<void>((resolve, reject) =>
      done.push(index === 1 ? () => reject(new Error('gone')) : resolve),
    )
  }
  const ahead = prefetch(Array(10).fill(100), load, { parallel: 2, budgetBytes: 400 })
  ahead.around(0, 1)
  t.deepEqual(asked, [1, 2])
  for (const end of done.splice(0)) end()
  await new Promise(resolve => setImmediate(resolve))
  t.deepEqual(asked, [1, 2, 3, 4])
  for (const end of done.splice(0)) end()
  await new Promise(resolve => setImmediate(resolve))
  t.is(asked.length, 4)
  ahead.stop()
  ahead.around(5, 1)
  t.is(asked.length, 4)
})

test('the digits choose windows on every keyboard; with a modifier the keys belong to the browser', t => {
  const pressed = { ctrlKey: false, metaKey: false, altKey: false }
  t.deepEqual(commandOf({ ...pressed, key: '&', code: 'Digit1' }), { do: 'preset', key: '1' })
  t.deepEqual(commandOf({ ...pressed, key: 'W', code: 'KeyZ' }), { do: 'hold', hand: 'window' })
  t.deepEqual(commandOf({ ...pressed, key: 'PageDown', code: 'PageDown' }), { do: 'step', by: 10 })
  t.is(commandOf({ ...pressed, ctrlKey: true, key: 'r', code: 'KeyR' }), null)
  t.is(commandOf({ ...pressed, key: 'Tab', code: 'Tab' }), null)
})

const stackOf = (places: readonly number[], over: JsonDataSet = {}) =>
  places.map((z, n) => slice(n + 1, z, over))

test('two stacks scroll together by their place in the patient, each at its own spacing', t => {
  const [thin, thick] = [stackOf([0, 1, 2, 3, 4, 5, 6, 7, 8]), stackOf([0, 4, 8])]
  const link = linkOf(thin, 4, thick, 0, true)
  t.like(link, { by: 'position', shiftMm: 0 })
  t.deepEqual(
    thin.map((_, at) => followed(link, thin, at, thick)),
    [0, 0, 0, 1, 1, 1, 1, 2, 2],
  )
  t.deepEqual(
    thick.map((_, at) => followed(link, thick, at, thin, true)),
    [0, 4, 8],
  )
  // The other way up: the place counts, not the number.
  const upside = stackOf([8, 4, 0])
  t.is(followed(linkOf(thin, 0, upside, 0, true), thin, 8, upside), 0)
})

test('between two exams what a reader shifted before linking stays; within one frame of reference nothing is shifted', t => {
  const [first, second] = [stackOf([0, 5, 10, 15]), stackOf([100, 105, 110, 115])]
  const apart = linkOf(first, 1, second, 2, true)
  t.like(apart, { by: 'position', shiftMm: 105 }, 'they do not overlap: linked where they stand')
  t.is(followed(apart, first, 0, second), 1)
  t.is(followed(apart, second, 3, first, true), 2)
  const shifted = linkOf(first, 0, stackOf([0, 5, 10, 15]), 1, false)
  t.like(shifted, { by: 'position', shiftMm: 5 })
  const place = { '00200052': attribute('UI', '1.9') }
  t.like(linkOf(stackOf([0, 5], place), 0, stackOf([0, 5], place), 1, false), { shiftMm: 0 })
})

test('where a place is not said, or the planes cross, the number of pictures between them counts', t => {
  const tilted = stackOf([0, 5, 10], { '00200037': attribute('DS', 1, 0, 0, 0, 0, -1) })
  const link = linkOf(stackOf([0, 5, 10]), 0, tilted, 1, true)
  t.deepEqual(link, { by: 'number', shift: 1 })
  t.is(followed(link, stackOf([0, 5, 10]), 1, tilted), 2)
  t.is(followed(link, stackOf([0, 5, 10]), 2, tilted), 2, 'never beyond the end')
  t.is(followed(link, tilted, 0, stackOf([0, 5, 10]), true), 0)
  const nowhere = framesOf(instance({ '00280008': attribute('IS', 4) }), address)
  t.deepEqual(linkOf(nowhere, 2, nowhere, 0, true), { by: 'number', shift: -2 })
})

test('Hounsfield units are said of original CT only, an area only where pixels are calibrated in the patient', t => {
  const of = (over: JsonDataSet) => slice(1, 0, { '00281052': attribute('DS', -1024), ...over })
  t.is(unitOf(of({ '00080008': attribute('CS', 'ORIGINAL', 'PRIMARY') })), 'HU')
  t.is(unitOf(of({ '00080008': attribute('CS', 'DERIVED', 'SECONDARY') })), '')
  t.is(unitOf(of({ '00080060': attribute('CS', 'MR'), '00080008': attribute('CS', 'ORIGINAL') })), '')
  t.is(unitOf(of({ '00281054': attribute('LO', 'US') })), '')
  t.is(unitOf(of({ '00281054': attribute('LO', 'HU') })), 'HU')
  const stats = { mean: 40, stdDev: 2, min: 30, max: 50, area: 120 }
  const said = (frame: Frame, given: object = stats) =>
    roiText(() => frame)({ cachedStats: { 'imageId:x': given } }, 'imageId:x')
  const spacing = { '00280030': attribute('DS', 0.5, 0.5) }
  t.is(said(of(spacing)).length, 2)
  t.is(said(of({})).length, 1, 'not calibrated: no area')
  t.is(said(of({ ...spacing, '00080060': attribute('CS', 'DX') })).length, 1, 'at the detector: no area')
  t.is(said(of({ ...spacing, '00280002': attribute('US', 3) })).length, 1, 'colours have no value')
  t.deepEqual(said(of(spacing), { mean: null, area: null }), [])
})

test('beside a series lies the one of the other exam that shows most nearly the same', t => {
  const series = (SeriesInstanceUID: string, over: object) => ({
    SeriesInstanceUID,
    modality: 'CT',
    instances: 100,
    ...over,
  })
  const prior = [
    series('1', { description: 'Topogramme', instances: 2 }),
    series('2', { description: 'Os' }),
    series('3', { description: 'CERVEAU  sans-injection' }),
  ]
  t.is(alike(prior, series('9', { description: 'Cerveau sans injection' }))?.SeriesInstanceUID, '3')
  t.is(
    alike(prior, series('9', { description: 'Autre' }))?.SeriesInstanceUID,
    '2',
    'no localizer beside a stack',
  )
  t.is(alike([], series('9', {})), undefined)
})

test('a picture that fails says why', t => {
  t.is(faultOf({ status: 404 }).kind, 'missing')
  t.is(faultOf({ status: 401 }).kind, 'signed-out')
  t.is(faultOf({ status: 0 }).kind, 'unreachable')
  t.is(faultOf({ status: 503 }).kind, 'unreachable')
  t.is(faultOf(new Error('No decoder for transfer syntax 1.2')).kind, 'compression')
  t.is(faultOf(new Error('bad marker')).kind, 'unreadable')
})

test('the exact words of a failed transfer have a plain meaning, or are shown as they are', t => {
  t.is(meaningOf('no connection to 10.0.0.1:104: connect ECONNREFUSED 10.0.0.1:104'), 'port-closed')
  t.is(meaningOf('no connection to pacs:104 within 10000 ms'), 'silent')
  t.is(meaningOf('3 instances were refused: A900 data set does not match SOP class'), 'refused')
  t.is(meaningOf('2 acknowledged instances are not yet listed by nord-pacs.'), 'unlisted')
  t.is(meaningOf('something nobody has seen'), undefined)
})

test('what does not fit in a PACS registration is said field by field before it is sent', t => {
  const sound = {
    id: 'nord-pacs',
    site: 'nord',
    aeTitles: ['NORDPACS'],
    host: '10.1.2.3',
    port: 104,
    callUs: 'RELAIS',
    from: ['10.1.2.0/24', 'fd00::1'],
    tls: 'none' as const,
    certificate: null,
    may: ['echo' as const],
    associations: 4,
  }
  t.deepEqual(faultsOf(sound), {})
  const odd = {
    ...sound,
    id: 'Nord PACS',
    aeTitles: ['TOO-LONG-AE-TITLE'],
    host: 'a b',
    port: 70_000,
    from: ['10.1.2.999'],
    tls: 'mutual' as const,
    associations: 0,
  }
  t.deepEqual(Object.keys(faultsOf(odd)).sort(), [
    'aeTitles',
    'associations',
    'certificate',
    'from',
    'host',
    'id',
    'port',
  ])
})
