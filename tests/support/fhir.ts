import { createRequire } from 'node:module'

interface Validator {
  /** What does not fit, as the schema's validator says it. */
  validate(resource: object): (string | object)[]
}

const require = createRequire(import.meta.url)
const Validating = require('@asymmetrik/fhir-json-schema-validator') as new () => Validator

let validator: Validator | undefined

/** Where a resource does not fit the JSON schema that HL7 publishes with FHIR R4 (4.0.1). */
export function faultsOfR4(resource: object): string[] {
  validator ??= new Validating()
  // As it goes over the wire: what JSON cannot carry is not in it.
  return validator
    .validate(JSON.parse(JSON.stringify(resource)) as object)
    .map(fault => JSON.stringify(fault))
}
