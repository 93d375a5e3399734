/** What a reader comes to from a list, each brought when it is wanted or, by `warmViewer`, before. */
import { later } from '../parts/later.js'

export const RequestPage = later(() => import('../requests/RequestPage.js'))
export const Desk = later(() => import('../reports/Desk.js'))
/** Apart from the desk, so that the first picture does not wait for it. */
export const Editor = later(() => import('../reports/Editor.js'))
export const Viewer = later(() => import('./Viewer.js'))
export const ViewerPage = later(() => import('./ViewerPage.js'))
