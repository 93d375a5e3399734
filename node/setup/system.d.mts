export const orthancDicomweb: string
