import { render } from 'preact';
import 'uplot/dist/uPlot.min.css';
import './styles/tokens.css';
import './styles/base.css';
import './styles/controls.css';
import './styles/charts.css';
import './styles/pages.css';
import { App } from './app';
import { installRouter } from './router';
import { installTheme } from './theme';

const root = document.getElementById('app');
if (root === null) throw new Error('index.html has no #app');
installTheme();
installRouter();
render(<App />, root);
