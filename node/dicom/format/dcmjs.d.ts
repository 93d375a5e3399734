/** The part of dcmjs we use: its table of the data dictionary (PS3.6). */
declare module 'dcmjs' {
  interface DictionaryEntry {
    /** `(GGGG,EEEE)` */
    tag: string
    vr: string
    vm: string
    name: string
  }
  const dcmjs: {
    data: { DicomMetaDictionary: { nameMap: Record<string, DictionaryEntry> } }
  }
  export default dcmjs
}
