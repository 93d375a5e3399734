import { createRoot } from 'react-dom/client'
import './theme/fonts.css'
import './theme/tokens.css'
import './theme/base.css'
import { sayWhereWeAre } from './alarm/desktop.js'
import { App } from './app.js'
import { applyTheme } from './theme/theme.js'

applyTheme()
sayWhereWeAre()
const root = document.getElementById('root')
if (!root) throw new Error('index.html has no #root')
createRoot(root).render(<App />)
