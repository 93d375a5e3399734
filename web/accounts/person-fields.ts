/** What is wrong with what was typed about a person; the node checks the same again. */
export const soundEmail = (text: string) => /^[^\s@<>"(),:;[\]\\]+@[^\s@<>"(),:;[\]\\]+$/.test(text.trim())
/** NIST SP 800-63B: length is what counts. */
export const soundPassword = (text: string) => text.length >= 12
export const soundPhone = (text: string) => /^[+\d][\d .()-]{2,30}$/.test(text.trim())
