export { promoteChallenger, setChallenger, stopTrial, undoPromotion } from './change-trial.ts';
export { getTrial } from './trial.ts';
