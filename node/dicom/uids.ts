import { storageSOPClasses } from './storage-classes.js'

export { storageSOPClasses }

/** SOP classes we speak or make ourselves (PS3.6 Annex A). */
export const SOPClass = {
  Verification: '1.2.840.10008.1.1',
  StorageCommitmentPushModel: '1.2.840.10008.1.20.1',
  ModalityWorklistFind: '1.2.840.10008.5.1.4.31',
  PatientRootFind: '1.2.840.10008.5.1.4.1.2.1.1',
  PatientRootMove: '1.2.840.10008.5.1.4.1.2.1.2',
  PatientRootGet: '1.2.840.10008.5.1.4.1.2.1.3',
  StudyRootFind: '1.2.840.10008.5.1.4.1.2.2.1',
  StudyRootMove: '1.2.840.10008.5.1.4.1.2.2.2',
  StudyRootGet: '1.2.840.10008.5.1.4.1.2.2.3',
  CTImageStorage: '1.2.840.10008.5.1.4.1.1.2',
  MRImageStorage: '1.2.840.10008.5.1.4.1.1.4',
  DigitalXRayImageStorageForPresentation: '1.2.840.10008.5.1.4.1.1.1.1',
  SecondaryCaptureImageStorage: '1.2.840.10008.5.1.4.1.1.7',
  EncapsulatedPDFStorage: '1.2.840.10008.5.1.4.1.1.104.1',
  BasicTextSRStorage: '1.2.840.10008.5.1.4.1.1.88.11',
  KeyObjectSelectionDocumentStorage: '1.2.840.10008.5.1.4.1.1.88.59',
  MediaStorageDirectory: '1.2.840.10008.1.3.10',
} as const

/** The well-known instance of the Storage Commitment Push Model (PS3.4 J.3.5). */
export const STORAGE_COMMITMENT_INSTANCE = '1.2.840.10008.1.20.1.1'

/** The application context of every association (PS3.7 A.2.1). */
export const APPLICATION_CONTEXT = '1.2.840.10008.3.1.1.1'

/** What we sign our files and associations with: a UID of ours under 2.25 (PS3.5 B.2) and a version name. */
export const IMPLEMENTATION_CLASS_UID = '2.25.218094563078341937465207349852740113409'
export const IMPLEMENTATION_VERSION_NAME = 'RELAIS_1'

export const TransferSyntax = {
  ImplicitVRLittleEndian: '1.2.840.10008.1.2',
  ExplicitVRLittleEndian: '1.2.840.10008.1.2.1',
  DeflatedExplicitVRLittleEndian: '1.2.840.10008.1.2.1.99',
  ExplicitVRBigEndian: '1.2.840.10008.1.2.2',
  JPEGBaseline: '1.2.840.10008.1.2.4.50',
  JPEGExtended: '1.2.840.10008.1.2.4.51',
  JPEGLossless: '1.2.840.10008.1.2.4.57',
  JPEGLosslessSV1: '1.2.840.10008.1.2.4.70',
  JPEGLSLossless: '1.2.840.10008.1.2.4.80',
  JPEGLSNearLossless: '1.2.840.10008.1.2.4.81',
  JPEG2000Lossless: '1.2.840.10008.1.2.4.90',
  JPEG2000: '1.2.840.10008.1.2.4.91',
  HTJ2KLossless: '1.2.840.10008.1.2.4.201',
  HTJ2KLosslessRPCL: '1.2.840.10008.1.2.4.202',
  HTJ2K: '1.2.840.10008.1.2.4.203',
  RLELossless: '1.2.840.10008.1.2.5',
} as const

/** How a data set is written under a transfer syntax (PS3.5 Annex A). */
export interface TransferSyntaxTraits {
  uid: string
  name: string
  explicitVR: boolean
  littleEndian: boolean
  /** The whole data set is one RFC 1951 stream (A.5). */
  deflated: boolean
  /** Pixel data is a sequence of fragments (A.4). */
  encapsulated: boolean
  /** Whether what is stored may have lost detail; undefined where the syntax alone does not say. */
  lossy: boolean | undefined
  /** The media type of a frame over DICOMweb (PS3.18 8.7.3.3.2). */
  mediaType: string
}

const traits: ReadonlyMap<string, TransferSyntaxTraits> = new Map(
  [
    native('1.2.840.10008.1.2', 'Implicit VR Little Endian', { explicitVR: false }),
    native('1.2.840.10008.1.2.1', 'Explicit VR Little Endian', {}),
    native('1.2.840.10008.1.2.1.99', 'Deflated Explicit VR Little Endian', { deflated: true }),
    native('1.2.840.10008.1.2.2', 'Explicit VR Big Endian', { littleEndian: false }),
    // Its pixels are big endian in a little endian data set: older GE archives still hold it.
    native('1.2.840.113619.5.2', 'GE Private Implicit VR', { explicitVR: false }),
    encapsulated('1.2.840.10008.1.2.1.98', 'Encapsulated Uncompressed Explicit VR Little Endian', false),
    encapsulated('1.2.840.10008.1.2.4.50', 'JPEG Baseline (Process 1)', true, 'image/jpeg'),
    encapsulated('1.2.840.10008.1.2.4.51', 'JPEG Extended (Process 2 & 4)', true, 'image/jpeg'),
    encapsulated('1.2.840.10008.1.2.4.52', 'JPEG Extended (Process 3 & 5)', true, 'image/jpeg'),
    encapsulated('1.2.840.10008.1.2.4.53', 'JPEG Spectral Selection (Process 6 & 8)', true, 'image/jpeg'),
    encapsulated('1.2.840.10008.1.2.4.55', 'JPEG Full Progression (Process 10 & 12)', true, 'image/jpeg'),
    encapsulated('1.2.840.10008.1.2.4.57', 'JPEG Lossless (Process 14)', false, 'image/jpeg'),
    encapsulated('1.2.840.10008.1.2.4.58', 'JPEG Lossless (Process 15)', false, 'image/jpeg'),
    encapsulated('1.2.840.10008.1.2.4.70', 'JPEG Lossless (Process 14, SV1)', false, 'image/jpeg'),
    encapsulated('1.2.840.10008.1.2.4.80', 'JPEG-LS Lossless', false, 'image/jls'),
    encapsulated('1.2.840.10008.1.2.4.81', 'JPEG-LS Near-Lossless', true, 'image/jls'),
    encapsulated('1.2.840.10008.1.2.4.90', 'JPEG 2000 (Lossless Only)', false, 'image/jp2'),
    encapsulated('1.2.840.10008.1.2.4.91', 'JPEG 2000', undefined, 'image/jp2'),
    encapsulated('1.2.840.10008.1.2.4.92', 'JPEG 2000 Multi-component (Lossless Only)', false, 'image/jpx'),
    encapsulated('1.2.840.10008.1.2.4.93', 'JPEG 2000 Multi-component', undefined, 'image/jpx'),
    encapsulated('1.2.840.10008.1.2.4.100', 'MPEG2 Main Profile / Main Level', true, 'video/mpeg'),
    encapsulated('1.2.840.10008.1.2.4.100.1', 'Fragmentable MPEG2 Main / Main', true, 'video/mpeg'),
    encapsulated('1.2.840.10008.1.2.4.101', 'MPEG2 Main Profile / High Level', true, 'video/mpeg'),
    encapsulated('1.2.840.10008.1.2.4.101.1', 'Fragmentable MPEG2 Main / High', true, 'video/mpeg'),
    encapsulated('1.2.840.10008.1.2.4.102', 'MPEG-4 AVC/H.264 High Profile 4.1', true, 'video/mp4'),
    encapsulated('1.2.840.10008.1.2.4.102.1', 'Fragmentable MPEG-4 High Profile 4.1', true, 'video/mp4'),
    encapsulated('1.2.840.10008.1.2.4.103', 'MPEG-4 AVC/H.264 BD-compatible 4.1', true, 'video/mp4'),
    encapsulated('1.2.840.10008.1.2.4.103.1', 'Fragmentable MPEG-4 BD-compatible 4.1', true, 'video/mp4'),
    encapsulated('1.2.840.10008.1.2.4.104', 'MPEG-4 AVC/H.264 High Profile 4.2, 2D', true, 'video/mp4'),
    encapsulated('1.2.840.10008.1.2.4.104.1', 'Fragmentable MPEG-4 4.2, 2D', true, 'video/mp4'),
    encapsulated('1.2.840.10008.1.2.4.105', 'MPEG-4 AVC/H.264 High Profile 4.2, 3D', true, 'video/mp4'),
    encapsulated('1.2.840.10008.1.2.4.105.1', 'Fragmentable MPEG-4 4.2, 3D', true, 'video/mp4'),
    encapsulated('1.2.840.10008.1.2.4.106', 'MPEG-4 AVC/H.264 Stereo High 4.2', true, 'video/mp4'),
    encapsulated('1.2.840.10008.1.2.4.106.1', 'Fragmentable MPEG-4 Stereo High 4.2', true, 'video/mp4'),
    encapsulated('1.2.840.10008.1.2.4.107', 'HEVC/H.265 Main Profile 5.1', true, 'video/mp4'),
    encapsulated('1.2.840.10008.1.2.4.108', 'HEVC/H.265 Main 10 Profile 5.1', true, 'video/mp4'),
    encapsulated('1.2.840.10008.1.2.4.110', 'JPEG XL Lossless', false, 'image/jxl'),
    encapsulated('1.2.840.10008.1.2.4.111', 'JPEG XL JPEG Recompression', true, 'image/jxl'),
    encapsulated('1.2.840.10008.1.2.4.112', 'JPEG XL', undefined, 'image/jxl'),
    encapsulated('1.2.840.10008.1.2.4.201', 'High-Throughput JPEG 2000 (Lossless Only)', false, 'image/jphc'),
    encapsulated('1.2.840.10008.1.2.4.202', 'HTJ2K with RPCL (Lossless Only)', false, 'image/jphc'),
    encapsulated('1.2.840.10008.1.2.4.203', 'High-Throughput JPEG 2000', undefined, 'image/jphc'),
    encapsulated('1.2.840.10008.1.2.5', 'RLE Lossless', false, 'image/dicom-rle'),
    encapsulated('1.2.840.10008.1.2.8.1', 'Deflated Image Frame Compression', false),
  ].map(each => [each.uid, each]),
)

/** Every transfer syntax known here, native ones first: what an acceptor may be told to take. */
export const knownTransferSyntaxes: readonly TransferSyntaxTraits[] = [...traits.values()]

/** The traits of a transfer syntax; undefined for one that is not known here. */
export function transferSyntaxTraits(uid: string): TransferSyntaxTraits | undefined {
  return traits.get(uid)
}

const protocolNames: ReadonlyMap<string, string> = new Map(
  Object.entries(SOPClass).map(([k, uid]) => [uid, k]),
)

/** A name for a person: the transfer syntax's, the SOP class's keyword, else the UID itself. */
export function nameOfUID(uid: string): string {
  return traits.get(uid)?.name ?? storageSOPClasses.get(uid) ?? protocolNames.get(uid) ?? uid
}

/** What we take for a UID: digits and dots, at most 64 (PS3.5 9.1; a leading zero in a component is met and let pass). */
export function isUID(text: string): boolean {
  return text.length <= 64 && /^[0-9]+(\.[0-9]+)*$/.test(text)
}

function native(uid: string, name: string, differing: Partial<TransferSyntaxTraits>): TransferSyntaxTraits {
  const common = { explicitVR: true, littleEndian: true, deflated: false, encapsulated: false, lossy: false }
  return { uid, name, ...common, mediaType: 'application/octet-stream', ...differing }
}

function encapsulated(
  uid: string,
  name: string,
  lossy: boolean | undefined,
  mediaType = 'application/octet-stream',
): TransferSyntaxTraits {
  return {
    uid,
    name,
    explicitVR: true,
    littleEndian: true,
    deflated: false,
    encapsulated: true,
    lossy,
    mediaType,
  }
}
