declare module 'sql.js/dist/sql-wasm-browser.js' {
  export { default } from 'sql.js'
}
/** The engine of SQLite, base64. */
declare module 'virtual:sqlite-engine' {
  const base64: string
  export default base64
}
