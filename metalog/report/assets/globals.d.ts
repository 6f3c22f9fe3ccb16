/** The library, which the page carries, and places that are addressed by a name known only at run time. */
declare const uPlot: any;
