import { NotFound } from '../shell/NotFound.js'

export default function Pages() {
  return <NotFound />
}
