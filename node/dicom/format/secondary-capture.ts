import { SOPClass, TransferSyntax } from '../uids.js'
import { heading, type MadeObject, madeObject, type PDFDocument } from './encapsulated-document.js'

/** A picture that was no DICOM object, as one. Dates are DA, times TM. */
export interface CapturedPicture {
  /** One image of JPEG Baseline (Process 1), from SOI to EOI, as it is. */
  jpeg: Buffer
  rows: number
  columns: number
  photometric: 'MONOCHROME2' | 'YBR_FULL_422' | 'RGB'
  patient: PDFDocument['patient']
  study: PDFDocument['study']
  uids: PDFDocument['uids']
  series: PDFDocument['series']
  captured: { title: string; instanceNumber: number; date: string; time: string }
}

/** Item tags and the lengths after them (PS3.5 A.4): an empty offset table, one fragment, the end. */
const PIXELS_HEAD = Buffer.from('e07f10004f420000ffffffff' + 'feff00e000000000', 'hex')
const ITEM = Buffer.from('feff00e0', 'hex')
const END = Buffer.from('feffdde000000000', 'hex')

/**
 * A Secondary Capture Image (PS3.3 A.8.1): modules Patient, General Study, General Series, SC Equipment, General Image,
 * Image Pixel, SC Image, SOP Common. The JPEG is encapsulated byte for byte: nothing is compressed again.
 *
 * @throws Failure `invalid` for a UID that is none.
 */
export function secondaryCapture(picture: CapturedPicture): MadeObject {
  const { jpeg, rows, columns, photometric, uids, captured } = picture
  const samples = photometric === 'MONOCHROME2' ? 1 : 3
  const made = madeObject(SOPClass.SecondaryCaptureImageStorage, TransferSyntax.JPEGBaseline, uids, {
    ...heading(picture, captured),
    Modality: 'OT',
    ConversionType: 'WSD',
    DateOfSecondaryCapture: captured.date,
    TimeOfSecondaryCapture: captured.time,
    ImageType: ['DERIVED', 'SECONDARY'],
    // Which side is not known of a photograph (type 2C).
    Laterality: '',
    PatientOrientation: '',
    // A photograph or a sheet of paper may show who it is about.
    BurnedInAnnotation: 'YES',
    ImageComments: captured.title.slice(0, 1024),
    SamplesPerPixel: samples,
    PhotometricInterpretation: photometric,
    ...(samples === 3 ? { PlanarConfiguration: 0 } : {}),
    Rows: rows,
    Columns: columns,
    BitsAllocated: 8,
    BitsStored: 8,
    HighBit: 7,
    PixelRepresentation: 0,
    LossyImageCompression: '01',
    LossyImageCompressionRatio: ((rows * columns * samples) / jpeg.length).toFixed(2),
    LossyImageCompressionMethod: 'ISO_10918_1',
  })
  const length = Buffer.alloc(4)
  const padding = Buffer.alloc(jpeg.length % 2)
  length.writeUInt32LE(jpeg.length + padding.length)
  return { ...made, dataset: Buffer.concat([made.dataset, PIXELS_HEAD, ITEM, length, jpeg, padding, END]) }
}
