import { openWitnesses, type WitnessDeps, type Witnesses } from './witnesses.js'
import { openWitnessing, type Witnessing } from './witnessing.js'

/** Those outside who can tell that the journal was not cut off or made anew, and this node as such a one of others. */
export interface Outside {
  witnesses: Witnesses
  witnessing: Witnessing
}

export function openOutside(deps: WitnessDeps): Outside {
  return {
    witnesses: openWitnesses(deps),
    witnessing: openWitnessing({ ...deps, watched: deps.config.archive.witnessFor }),
  }
}
