print("bptrain")
