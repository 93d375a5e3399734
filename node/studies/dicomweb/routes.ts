import type { Clock } from '../../clock.js'
import type { Database } from '../../database.js'
import type { Renderer } from '../../dicom/rendering/renderer.js'
import type { Route } from '../../http/route.js'
import type { Journal } from '../../journal/journal.js'
import type { Objects } from '../../objects/objects.js'
import type { Settings } from '../../settings.js'
import type { Search } from '../search.js'
import type { Studies } from '../studies.js'
import { metadataRoutes } from './metadata.js'
import { renderedRoutes } from './rendering.js'
import { openResources } from './resources.js'
import { retrieveRoutes } from './retrieving.js'
import type { Rewriting } from './rewriting.js'
import { searchRoutes } from './searching.js'

/** DICOMweb (PS3.18): QIDO-RS and WADO-RS over what who asks may see; bytes leave as they are stored. */
export function dicomwebRoutes(parts: {
  studies: Studies
  search: Search
  objects: Objects
  renderer: Renderer
  rewriting: Rewriting
  db: Database
  journal: Journal
  clock: Clock
  config: Pick<Settings, 'dicomweb'>
  publicUrl(): string
}): Route[] {
  const { search, objects, renderer, publicUrl } = parts
  const { resultsMax, renderPixelsMax, renderedMax } = parts.config.dicomweb
  const resources = openResources(parts)
  return [
    ...searchRoutes({ search, resources, objects, resultsMax, publicUrl }),
    ...metadataRoutes({ resources, publicUrl }),
    ...retrieveRoutes({ resources, rewriting: parts.rewriting }),
    ...renderedRoutes({ resources, renderer, pixelsMax: renderPixelsMax, renderedMax }),
  ]
}
