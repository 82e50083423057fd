// The console page.
export {};
