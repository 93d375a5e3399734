/** The DICOM Application Context Name (PS3.7 A.2.1). */
export const applicationContextName = '1.2.840.10008.3.1.1.1'
export const verificationSOPClass = '1.2.840.10008.1.1'
export const implicitVRLittleEndian = '1.2.840.10008.1.2'
export const explicitVRLittleEndian = '1.2.840.10008.1.2.1'

export const studyRootFind = '1.2.840.10008.5.1.4.1.2.2.1'
export const patientRootFind = '1.2.840.10008.5.1.4.1.2.1.1'
export const modalityWorklistFind = '1.2.840.10008.5.1.4.31'

/** How this implementation names itself in an association (PS3.7 D.3.3.2). */
export const implementationClassUID = '2.25.261364806290338741936437325113107463873'
export const implementationVersionName = 'RELAIS_1'

const uidPattern = /^[0-9]+(\.[0-9]+)*$/

/** At most 64 characters of digits in components (PS3.5 §9.1; leading zeros are tolerated, senders make them). */
export function isUID(text: string): boolean {
  return text.length <= 64 && uidPattern.test(text)
}
